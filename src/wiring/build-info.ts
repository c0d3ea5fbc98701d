import type { Config } from '../config.js';
import type { Metrics } from '../metrics.js';

export interface Build extends Pick<Config, 'log' | 'roles'> {
  readonly version: string;
  /** Empty if it is not known. */
  readonly commit: string;
}

/** Shows in the metrics which program this process is, and which roles it has. */
export function showBuild({ version, commit, log, roles }: Build, metrics: Pick<Metrics, 'buildInfo' | 'role'>): void {
  metrics.buildInfo.set({ version, commit, node: process.version, engine: log }, 1);
  for (const role of roles) metrics.role.set({ role }, 1);
}
