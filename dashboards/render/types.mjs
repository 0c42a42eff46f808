// Checks the dashboards' JSON against the types of Grafana 10.4 to 13: `npm run types`. Misspelt keys and wrong words are errors.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '../json';
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json'));
const loose = (schema) => `import type { Dashboard } from '${schema}';
type Loose<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Loose<U>[] : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
// What an annotation asks is its data source's own.
type Wanted = Omit<Loose<Dashboard>, 'annotations'> & { annotations?: { list: object[] } };
// @ts-expect-error - a misspelt key must be seen
export const misspelt: Wanted = { schemaVersion: 39, tittle: 'x' };
`;
const checks = files.map((name, i) => `// ${name}\nexport const d${i}: Wanted = ${readFileSync(join(folder, name))};\n`);
const options = ['--noEmit', '--skipLibCheck', '--strict', '--moduleResolution', 'bundler', '--module', 'esnext'];
for (const major of [10, 11, 12, 13]) {
  writeFileSync('build-types.ts', loose(`schema-${major}`) + checks.join(''));
  execFileSync('npx', ['tsc', ...options, '--target', 'es2022', 'build-types.ts'], { stdio: 'inherit' });
  console.log(`${files.length} dashboards are what the types of Grafana ${major} say`);
}
