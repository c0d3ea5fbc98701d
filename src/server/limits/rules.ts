import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { GraphQLError } from 'graphql';
import type { ASTVisitor, ValidationContext, ValidationRule } from 'graphql';
import type { Limits } from './limits.js';

export const tooMuch = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });

/** Validation rules for depth, aliases and directives. They join the other rules of validation, on every transport. */
export function limitRules({ depth, aliases, directives }: Limits): readonly ValidationRule[] {
  // Reported like any other validation error: a throw would hide the rest, and be reported as a syntax error.
  const reported = {
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null, error: GraphQLError): void =>
        context?.reportError(tooMuch(error.message.replace('Syntax Error: ', ''))),
    ],
  };
  const armor = [
    maxDepthRule({ n: depth, flattenFragments: true, ...reported }),
    maxAliasesRule({ n: aliases, allowList: [], ...reported }),
  ] as unknown as readonly ValidationRule[];
  return [...armor, maxDirectives(directives)];
}

function maxDirectives(limit: number): ValidationRule {
  return (context): ASTVisitor => {
    let found = 0;
    return {
      Directive() {
        found++;
      },
      Document: {
        leave() {
          if (found > limit) context.reportError(tooMuch(`Directives limit of ${limit} exceeded, found ${found}.`));
        },
      },
    };
  };
}
