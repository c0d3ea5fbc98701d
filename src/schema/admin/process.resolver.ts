import { Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { ProcessNumber, ProcessReport } from '../../admin/process-report.js';
import { PROCESS_NUMBERS } from '../../admin/process-report.js';
import type { ApiContext } from '../context.js';
import { AdminQuery } from './admin.resolver.js';
import type { AdminProcess } from './process.type.js';
import { AdminProcesses } from './process.type.js';

/** Each process has as many numbers. */
const PROCESSES = 10;

@Resolver(() => AdminQuery)
export class AdminProcessesResolver {
  @FieldResolver(() => AdminProcesses, {
    complexity: ({ childComplexity }) => 1 + PROCESSES * childComplexity,
    description: 'The processes of the deployment, with their health and their numbers.',
  })
  async processes(@Ctx() { services }: ApiContext): Promise<AdminProcesses> {
    const { processes } = services.console;
    const own = await processes.own();
    const all = await processes.all().catch(() => null);
    const view = (report: ProcessReport): AdminProcess => processView(report, report.id === own.id);
    return { isComplete: all !== null, nodes: (all ?? [own]).map(view) };
  }
}

const processView = (report: ProcessReport, answering: boolean): AdminProcess => ({
  ...report,
  answering,
  startedAt: new Date(report.startedAt),
  at: new Date(report.at),
  // A report may come from another version of the program.
  numbers: (Object.keys(PROCESS_NUMBERS) as ProcessNumber[]).map((name) => ({
    name,
    kind: PROCESS_NUMBERS[name] === 'counter' ? 'COUNTER' : 'GAUGE',
    value: report.numbers[name] ?? null,
  })),
  errors: Object.entries(report.errors).map(([code, total]) => ({ code, total })),
});
