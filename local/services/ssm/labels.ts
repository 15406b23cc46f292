/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
import type { LabelParameterVersionRequest, UnlabelParameterVersionRequest } from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { versionNotFound } from './errors.ts';
import { currentOf, type Parameter, type ParameterVersion } from './records.ts';
import type { Operations, Room, With } from './room.ts';

const MOST_LABELS = 10;

const isLabel = (label: string): boolean => /^[a-zA-Z_.-][\w.-]{0,99}$/.test(label) && !/^(?:aws|ssm)/i.test(label);

export function labelOperations({ repository, needs }: Room): Operations {
  const versionOf = (parameter: Parameter, number: number): ParameterVersion => {
    const version = parameter.versions.find((each) => each.version === number);
    if (!version) throw versionNotFound(String(number), parameter.name);
    return version;
  };

  const label: Operation<With<LabelParameterVersionRequest, 'Name' | 'Labels'>> = {
    requires: ({ Name }) => [needs.onParameter('LabelParameterVersion', Name)],
    handle({ Name, Labels, ParameterVersion: number }) {
      const parameter = repository.get(Name);
      const target = number === undefined ? currentOf(parameter) : versionOf(parameter, Number(number));
      const valid = Labels.filter(isLabel);
      const labels = [...new Set([...target.labels, ...valid])];
      if (labels.length > MOST_LABELS) {
        throw new AwsError(
          'ParameterVersionLabelLimitExceeded',
          'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
        );
      }
      // A label is at one version: it comes from wherever it was.
      const versions = parameter.versions.map((each) =>
        each.version === target.version
          ? { ...each, labels }
          : { ...each, labels: each.labels.filter((own) => !valid.includes(own)) },
      );
      repository.put({ ...parameter, versions });
      return { InvalidLabels: Labels.filter((each) => !isLabel(each)), ParameterVersion: target.version };
    },
  };

  const unlabel: Operation<With<UnlabelParameterVersionRequest, 'Name' | 'Labels' | 'ParameterVersion'>> = {
    requires: ({ Name }) => [needs.onParameter('UnlabelParameterVersion', Name)],
    handle({ Name, Labels, ParameterVersion: number }) {
      const parameter = repository.get(Name);
      const target = versionOf(parameter, Number(number));
      const versions = parameter.versions.map((each) =>
        each === target ? { ...each, labels: each.labels.filter((own) => !Labels.includes(own)) } : each,
      );
      repository.put({ ...parameter, versions });
      return {
        RemovedLabels: Labels.filter((each) => target.labels.includes(each)),
        InvalidLabels: Labels.filter((each) => !target.labels.includes(each)),
      };
    },
  };

  return { LabelParameterVersion: label, UnlabelParameterVersion: unlabel };
}
