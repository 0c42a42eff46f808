// One panel, drawn with Grafana's components; the state timeline is our own, for Grafana keeps its own inside the server.
import { FieldType, dateTime } from '@grafana/data';
import {
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  Table,
  TimeSeries,
} from '@grafana/ui';

export function Body({ panel, frames, width, height, view }) {
  if (panel.type === 'text') {
    return <div style={{ padding: 4, fontSize: 14 }} dangerouslySetInnerHTML={{ __html: bold(panel.options.content) }} />;
  }
  const rows = frames.reduce((count, frame) => count + frame.length, 0);
  if (!rows && panel.type !== 'stat') {
    return <Empty text={panel.fieldConfig.defaults.noValue} width={width} height={height} />;
  }
  if (panel.type === 'stat') {
    return <Stat panel={panel} frames={frames} width={width} height={height} view={view} />;
  }
  if (panel.type === 'table') {
    return <Table data={frames[0]} width={width} height={height} cellHeight="sm" noHeader={!panel.options.showHeader} />;
  }
  if (panel.type === 'state-timeline') {
    return <Timeline frames={frames} width={width} height={height} view={view} />;
  }
  const range = { from: dateTime(view.from * 1000), to: dateTime(view.to * 1000), raw: {} };
  return (
    <TimeSeries
      frames={frames}
      structureRev={1}
      timeRange={range}
      timeZone="utc"
      width={width}
      height={height}
      legend={{ ...panel.options.legend, calcs: [] }}
    />
  );
}

const bold = (text) => text.replace(/\*\*(.+?)\*\*/g, '<b>$1</b>');

function Empty({ text, width, height }) {
  const style = { width, height, display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center' };
  return <div style={style}>{text}</div>;
}

function Stat({ panel, frames, width, height, view }) {
  const field = frames[0]?.fields.find((f) => f.type === FieldType.number);
  const last = field?.values[field.values.length - 1];
  const { noValue, mappings } = panel.fieldConfig.defaults;
  const color = mappings.find((each) => each.type === 'special')?.options.result.color;
  const unknown = { text: noValue, numeric: NaN, color };
  const value = last === undefined || last === null ? unknown : field.display(last);
  return (
    <BigValue
      value={value}
      width={width}
      height={height}
      theme={view.theme}
      colorMode={BigValueColorMode.BackgroundSolid}
      graphMode={BigValueGraphMode.None}
      justifyMode={BigValueJustifyMode.Center}
      textMode={BigValueTextMode.Value}
    />
  );
}

function Timeline({ frames, width, height, view }) {
  const left = Math.min(230, width / 2);
  const at = (ms) => left + ((width - left) * (ms / 1000 - view.from)) / (view.to - view.from);
  const row = Math.min(34, (height - 20) / frames.length);
  return (
    <svg width={width} height={height}>
      {frames.map((frame, index) => {
        const [time, value] = frame.fields;
        const step = 3600e3;
        return (
          <g key={index} transform={`translate(0 ${index * row})`}>
            <text x={left - 8} y={row / 2 + 4} textAnchor="end" fontSize="12" fill="currentColor">
              {value.state.displayName}
            </text>
            {time.values.map((ms, i) => {
              const shown = value.display(value.values[i]);
              const wide = Math.max(3, at(ms + step) - at(ms) + 0.5);
              return <rect key={ms} x={at(ms)} y={3} width={wide} height={row - 6} fill={shown.color} />;
            })}
          </g>
        );
      })}
      {(width < 600 ? [0, 0.5] : [0, 0.25, 0.5, 0.75]).map((part) => (
        <text key={part} x={left + part * (width - left)} y={height - 4} fontSize="11" fill="currentColor">
          {dateTime((view.from + part * (view.to - view.from)) * 1000).format('ddd D MMM')}
        </text>
      ))}
    </svg>
  );
}
