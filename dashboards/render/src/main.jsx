// A dashboard's JSON as Grafana would lay it out. Arguments in the address: dashboard, store, home, from, to, mode;
// "closed" leaves closed rows closed, "grey" is a screen without colours. window.axe judges what was drawn.
import axe from 'axe-core';
import { createTheme, systemDateFormats, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Body } from './panels.jsx';
import { framesOf, secondsOf } from './frames.js';

const GRID = 38;
const GAP = 8;
const args = new URLSearchParams(location.search);
// "3 minutes ago" is said of the picture's now, not of the day on which it is drawn.
const started = performance.now();
Date.now = () => Number(args.get('to')) * 1000 + performance.now() - started;
// As deploy/compose.yaml has it.
Object.assign(systemDateFormats.interval, { hour: 'D MMM HH:mm', day: 'D MMM', month: 'MMM YYYY' });
const theme = createTheme({ colors: { mode: args.get('mode') ?? 'light' } });
const view = {
  store: args.get('store'),
  home: args.get('home') ?? '.*',
  from: Number(args.get('from')),
  to: Number(args.get('to')),
  theme,
};
document.body.style.margin = 0;
document.body.style.background = theme.colors.background.canvas;
document.body.style.color = theme.colors.text.primary;
document.documentElement.style.filter = args.has('grey') ? 'grayscale(1)' : '';
window.axe = axe;
const phone = window.innerWidth < 768; // where Grafana puts one panel under the other

function during(panel) {
  return panel.timeFrom ? { ...view, from: view.to - secondsOf(panel.timeFrom) } : view;
}

// A closed row with what is under it, or, as it stands closed, alone and the rest moved up.
function unfolded(panel) {
  const moved = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y - folded } };
  const inner = panel.panels ?? [];
  if (!args.has('closed')) {
    return [panel, ...inner];
  }
  folded += inner.length ? Math.max(...inner.map(({ gridPos }) => gridPos.y + gridPos.h)) - panel.gridPos.y - 1 : 0;
  return [moved];
}

function place(panel, width, top) {
  const column = (width - GAP) / 24;
  if (phone) {
    return { left: GAP, top, width: width - 2 * GAP, height: panel.gridPos.h * GRID - GAP };
  }
  const { x, y, w, h } = panel.gridPos;
  return { left: GAP + x * column, top: y * GRID, width: w * column - GAP, height: h * GRID - GAP };
}

function Page({ dashboard }) {
  const [frames, setFrames] = useState(null);
  useEffect(() => {
    const asked = dashboard.panels.map((panel) => (panel.targets ? framesOf(panel, during(panel)) : []));
    Promise.all(asked).then(setFrames, (error) => (document.title = `failed: ${error.stack}`));
  }, [dashboard]);
  useEffect(() => {
    if (frames) {
      setTimeout(() => (document.title = 'drawn'), 500);
    }
  }, [frames]);
  if (!frames) {
    return null;
  }
  const width = window.innerWidth;
  document.documentElement.lang = 'en';
  let top = 56;
  let bottom = 0;
  const drawn = dashboard.panels.map((panel, index) => {
    const at = place(panel, width, top);
    at.top += phone ? 0 : 56;
    top += panel.gridPos.h * GRID;
    bottom = Math.max(bottom, at.top + at.height);
    const style = { position: 'absolute', ...at };
    if (panel.type === 'row') {
      return <h5 key={panel.id} style={{ ...style, margin: 0, paddingTop: 8 }}>{panel.title}</h5>;
    }
    return (
      <div key={panel.id} style={style}>
        <PanelChrome title={panel.title} width={at.width} height={at.height} padding="md" description={panel.description}>
          {(w, h) => <Body panel={panel} frames={frames[index]} width={w} height={h} view={during(panel)} />}
        </PanelChrome>
      </div>
    );
  });
  const home = view.home === '.*' ? 'all homes' : view.home;
  return (
    <div style={{ height: bottom + GAP, position: 'relative' }}>
      <div style={{ padding: '12px 16px', fontSize: phone ? 17 : 20 }}>
        {dashboard.title} <span style={{ color: theme.colors.text.secondary, fontSize: 14 }}>{home}</span>
      </div>
      {drawn}
    </div>
  );
}

const found = await (await fetch(args.get('dashboard'))).json();
let folded = 0;
const dashboard = { ...found, panels: found.panels.flatMap(unfolded) };
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <Page dashboard={dashboard} />
  </ThemeContext.Provider>
);
