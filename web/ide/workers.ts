import type { Environment } from 'monaco-editor';

/** Set by the build: where each of Monaco's workers is, by the label that Monaco asks for. */
declare const WORKERS: Readonly<Record<'editor' | 'graphql' | 'json', string>>;

const environment: Environment = {
  getWorker: (_id: string, label: string) =>
    new Worker(label === 'graphql' || label === 'json' ? WORKERS[label] : WORKERS.editor, { name: label }),
};

Object.assign(globalThis, { MonacoEnvironment: environment });
