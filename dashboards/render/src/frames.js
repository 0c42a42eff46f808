// From a panel's targets to data frames, as Grafana's Prometheus source makes them, then Grafana's own transformations.
import {
  FieldType,
  getDisplayProcessor,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
export const secondsOf = (text) => Number(text.slice(0, -1)) * SECONDS[text.slice(-1)];
const known = [
  standardTransformers.filterFieldsByNameTransformer,
  standardTransformers.joinByFieldTransformer,
  standardTransformers.mergeTransformer,
  standardTransformers.organizeFieldsTransformer,
  standardTransformers.sortByTransformer,
  standardTransformers.filterFieldsTransformer,
  standardTransformers.orderFieldsTransformer,
  standardTransformers.renameFieldsTransformer,
];
standardTransformersRegistry.setInit(() =>
  known.filter(Boolean).map((t) => ({ id: t.id, name: t.name, transformation: async () => t, editor: () => null }))
);

export async function framesOf(panel, view) {
  const step = intervalOf(panel, view);
  const answers = await Promise.all(panel.targets.map((target) => ask(target, view, step, panel.targets.length)));
  let frames = answers.flat();
  if (panel.transformations.length) {
    frames = await firstValueFrom(transformDataFrame(panel.transformations, frames));
  }
  return frames.map((frame) => fitted(frame, panel, view));
}

function intervalOf(panel, view) {
  if (panel.type === 'table') {
    return panel.interval ? SECONDS[panel.interval.slice(-1)] : 15;
  }
  const least = panel.interval ? Number(panel.interval.slice(0, -1)) * SECONDS[panel.interval.slice(-1)] : 15;
  return Math.max(least, Math.ceil((view.to - view.from) / 1000 / 60) * 60);
}

async function ask(target, view, step, targets) {
  const expr = target.expr
    .replaceAll('$__interval', `${step}s`)
    .replaceAll('$__range', `${view.to - view.from}s`)
    .replaceAll('$home', view.home);
  const over = { start: Math.floor(view.from / step) * step, end: view.to, step };
  const asked = new URLSearchParams({ query: expr, nocache: '1', ...(target.range ? over : { time: view.to }) });
  const reply = await fetch(`${view.store}/api/v1/${target.range ? 'query_range' : 'query'}?${asked}`);
  const { data } = await reply.json();
  return target.format === 'table' ? table(data.result, target, view, targets) : data.result.map((s) => series(s, target, view));
}

function series(found, target, view) {
  const values = found.values ?? [found.value];
  const name = target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, tag) => found.metric[tag] ?? '');
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: values.map(([time]) => time * 1000) },
      { name, type: FieldType.number, config: { displayNameFromDS: name }, values: values.map(([, v]) => number(v)) },
    ],
  });
}

function table(result, target, view, targets) {
  const rows = result.flatMap((s) => (s.values ?? [s.value]).map(([time, value]) => ({ metric: s.metric, time, value })));
  const tags = [...new Set(result.flatMap((s) => Object.keys(s.metric)))].sort();
  const value = targets > 1 ? `Value #${target.refId}` : 'Value';
  return [
    toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: rows.map((r) => r.time * 1000) },
        ...tags.map((tag) => ({ name: tag, type: FieldType.string, values: rows.map((r) => r.metric[tag] ?? '') })),
        { name: value, type: FieldType.number, values: rows.map((r) => number(r.value)) },
      ],
    }),
  ];
}

const number = (text) => (text === 'NaN' ? null : Number(text));

function fitted(frame, panel, view) {
  const { defaults, overrides } = panel.fieldConfig;
  for (const field of frame.fields) {
    if (field.type === FieldType.time && panel.type !== 'table') {
      continue;
    }
    const config = structuredClone({ ...defaults, ...field.config });
    config.custom = structuredClone({ ...defaults.custom });
    const name = config.displayName ?? config.displayNameFromDS ?? field.name;
    for (const { matcher, properties } of overrides) {
      if (matcher.options === name) {
        properties.forEach(({ id, value }) => put(config, id, value));
      }
    }
    field.config = config;
    field.state = { ...field.state, displayName: config.displayName ?? name };
    field.display = getDisplayProcessor({ field, theme: view.theme, timeZone: 'utc' });
  }
  return frame;
}

function put(config, id, value) {
  if (id.startsWith('custom.')) {
    config.custom[id.slice(7)] = value;
  } else if (id !== 'links') {
    config[id] = value;
  }
}
