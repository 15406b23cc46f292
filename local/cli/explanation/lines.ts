import type { TemplatePlace } from '../../policy/iam/contract.ts';
import type { DrawnCloud } from '../drawn-cloud.ts';

/** `template.yaml:212` of a place in the template; undefined where no template has it. */
export type Lines = (place: TemplatePlace | undefined) => string | undefined;

export function linesOf({ reconciler }: Pick<DrawnCloud, 'reconciler'>): Lines {
  return (place) => {
    const position = place && reconciler.places.positionOf(place);
    return position && `${position.file}:${position.line}`;
  };
}
