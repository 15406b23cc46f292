import { applyEdits, lineAt, offsetOf, type Path, parse, removal, replacement } from './source-edits.ts';

const TEXT = `Resources:
  # The role
  Role:
    Properties:
      Flow: [one, !GetAtt X.Arn, three]
      One: [only]
      Map: { Type: Api, Properties: { Path: '/x' } }
      # Above the list
      List:
        - Sid: First
          Action: a
        # Above the second
        - !If
          - Yes
          - Sid: Second
          - !Ref AWS::NoValue
        - plain
      Text: >-
        several
        lines
      Value: !Sub 'x.\${AWS::Region}'
  Other:
    Type: X
`;

const without = (...paths: Path[]): string => {
  const document = parse(TEXT);
  return applyEdits(
    TEXT,
    paths.map((path) => removal(TEXT, document, path)),
  );
};

const under = (...path: Path): Path => ['Resources', 'Role', 'Properties', ...path];

describe('an entry that is taken out', () => {
  it.each([
    ['the first of a flow list', under('Flow', 0), '[!GetAtt X.Arn, three]'],
    ['one with a tag', under('Flow', 1), '[one, three]'],
    ['the last', under('Flow', 2), '[one, !GetAtt X.Arn]'],
    ['the only one', under('One', 0), 'One: []'],
    ['an entry of a flow map', under('Map', 'Type'), "{ Properties: { Path: '/x' } }"],
    ['the last entry of a flow map', under('Map', 'Properties'), 'Map: { Type: Api }'],
  ])('%s', (_what, path, expected) => {
    expect(without(path)).toContain(expected);
    expect(without(path).split('\n')).toHaveLength(TEXT.split('\n').length);
  });

  it.each([
    ['an item of a block list', under('List', 0), ['        - Sid: First', '          Action: a']],
    [
      'a function in it',
      under('List', 1),
      ['        - !If', '          - Yes', '          - Sid: Second', '          - !Ref AWS::NoValue'],
    ],
    ['a text of several lines', under('Text'), ['      Text: >-', '        several', '        lines']],
    ['a resource', ['Resources', 'Other'], ['  Other:', '    Type: X']],
  ])('%s goes with its lines, and only with those', (_what, path, lines) => {
    const left = TEXT.split('\n').filter((line) => !lines.includes(line));
    expect(without(path)).toBe(left.join('\n'));
  });

  it('may be one of several', () => {
    expect(without(under('Flow', 0), under('List', 2))).toBe(
      TEXT.replace('one, ', '').replace('        - plain\n', ''),
    );
  });

  it('must be there', () => {
    expect(() => without(under('Nothing'))).toThrow('nothing at Resources.Role.Properties.Nothing');
  });
});

it('a value is replaced with its tag', () => {
  const edit = replacement(parse(TEXT), under('Value'), 'other');
  expect(applyEdits(TEXT, [edit])).toBe(TEXT.replace("!Sub 'x.${AWS::Region}'", 'other'));
});

it('a line is that of the key, or of the dash', () => {
  const document = parse(TEXT);
  const line = (path: Path) => TEXT.split('\n')[lineAt(TEXT, offsetOf(document, path)) - 1]?.trim();
  expect(line(under('List', 1))).toBe('- !If');
  expect(line(under('Flow', 1))).toBe('Flow: [one, !GetAtt X.Arn, three]');
  expect(line(['Resources', 'Other'])).toBe('Other:');
});
