/**
 * Whether a dashboard's body is one.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export interface BodyMessage {
  /** As a JSON path, e.g. `/widgets/0/type`. */
  readonly DataPath: string;
  readonly Message: string;
}

const TYPES = ['metric', 'text', 'log', 'alarm', 'explorer', 'custom'] as const;
const GRID = 24;
const TALLEST = 1_000;
const MOST_WIDGETS = 500;

/** Errors make CloudWatch refuse the dashboard; of warnings it tells, and takes it. */
export interface BodyFindings {
  readonly errors: readonly BodyMessage[];
  readonly warnings: readonly BodyMessage[];
}

export function checkBody(text: string): BodyFindings {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { errors: [{ DataPath: '', Message: 'The field DashboardBody must be a valid JSON object' }], warnings: [] };
  }
  if (!isObject(body)) {
    return { errors: [{ DataPath: '', Message: 'The field DashboardBody must be a valid JSON object' }], warnings: [] };
  }
  const errors: BodyMessage[] = [];
  const warnings: BodyMessage[] = [];
  const { widgets } = body;
  if (!Array.isArray(widgets)) {
    errors.push({
      DataPath: '',
      Message: 'The dashboard body is invalid, there must be an array property named widgets',
    });
    return { errors, warnings };
  }
  if (widgets.length > MOST_WIDGETS) {
    errors.push({ DataPath: '/widgets', Message: `Should not have more than ${MOST_WIDGETS} items` });
  }
  widgets.forEach((widget, index) => {
    checkWidget(widget, `/widgets/${index}`, (DataPath, Message) => {
      errors.push({ DataPath, Message });
      return undefined;
    });
  });
  for (const name of Object.keys(body)) {
    if (!['widgets', 'start', 'end', 'periodOverride', 'variables'].includes(name)) {
      warnings.push({ DataPath: `/${name}`, Message: `Should NOT have additional properties: ${name}` });
    }
  }
  return { errors, warnings };
}

type Refuse = (path: string, message: string) => undefined;

function checkWidget(widget: unknown, at: string, refuse: Refuse): undefined {
  if (!isObject(widget)) return refuse(at, 'Should be object');
  const { type, properties } = widget;
  if (type === undefined) refuse(at, "Should have required property 'type'");
  else if (!TYPES.some((known) => known === type)) {
    refuse(`${at}/type`, `Should be equal to one of the allowed values: ${TYPES.join(', ')}`);
  }
  checkPlace(widget, at, refuse);
  if (properties === undefined) return refuse(at, "Should have required property 'properties'");
  if (!isObject(properties)) return refuse(`${at}/properties`, 'Should be object');
  const needed =
    type === 'metric'
      ? ['region']
      : type === 'text'
        ? ['markdown']
        : type === 'alarm'
          ? ['alarms']
          : type === 'log'
            ? ['region', 'query']
            : [];
  for (const name of needed) {
    // The Region of a graph that shows an alarm is the alarm's.
    if (properties[name] === undefined && !(name === 'region' && properties['annotations'] !== undefined)) {
      refuse(`${at}/properties`, `Should have required property '${name}'`);
    }
  }
  return type === 'metric' ? checkGraph(properties, `${at}/properties`, refuse) : undefined;
}

function checkPlace(widget: Record<string, unknown>, at: string, refuse: Refuse): undefined {
  const ranges = { x: [0, GRID - 1], y: [0, Number.MAX_SAFE_INTEGER], width: [1, GRID], height: [1, TALLEST] } as const;
  for (const [name, [low, high]] of Object.entries(ranges)) {
    const value = widget[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value)) refuse(`${at}/${name}`, 'Should be integer');
    else if (value < low) refuse(`${at}/${name}`, `Should be >= ${low}`);
    else if (value > high) refuse(`${at}/${name}`, `Should be <= ${high}`);
  }
  if ((widget['x'] === undefined) !== (widget['y'] === undefined)) {
    refuse(at, "Properties 'x' and 'y' must be given together");
  }
  return undefined;
}

function checkGraph(properties: Record<string, unknown>, at: string, refuse: Refuse): undefined {
  const { metrics, annotations } = properties;
  if (metrics === undefined && annotations === undefined) refuse(at, "Should have required property 'metrics'");
  if (metrics === undefined) return undefined;
  if (!Array.isArray(metrics)) return refuse(`${at}/metrics`, 'Should be array');
  metrics.forEach((metric: unknown, index) => {
    if (!Array.isArray(metric) || metric.length === 0) refuse(`${at}/metrics/${index}`, 'Should be a non-empty array');
    else if (!isObject(metric[0]) && metric.length < 2) {
      refuse(`${at}/metrics/${index}`, 'Should NOT have fewer than 2 items');
    }
  });
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
