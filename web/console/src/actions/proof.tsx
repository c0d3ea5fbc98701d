import type { ActionPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { useFormat } from '../ui/format.js';
import { Tag } from '../ui/tag.js';

/** The proof of a verification: what was compared, and where it differs. */
export function Proof({ of }: { readonly of: ActionPartsFragment['verifications'][number] }) {
  const text = useTexts();
  const format = useFormat();
  const { readModel, version, equal, rows, missing, extra, altered, countedAll, seconds, examples } = of;
  return (
    <div className="proof">
      <p>
        <Tag tone={equal ? 'good' : 'bad'}>{text(equal ? 'proof.equal' : 'proof.different')}</Tag>{' '}
        {text('proof.compared', { name: readModel, version, rows, time: format.duration(seconds) })}
      </p>
      {!equal && (
        <>
          <p>{text('proof.differences', { missing, extra, altered })}</p>
          {!countedAll && <p>{text('proof.part')}</p>}
          <ul>
            {examples.map(({ kind, where, key }) => (
              <li key={`${where} ${key}`}>
                <code>
                  {kind} {where} {key}
                </code>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
