import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand right. */
  readonly isNumber?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  readonly empty: string;
  /** Below the row, over its whole width. */
  readonly detail?: (row: Row) => ReactNode;
}

/** On a narrow screen each row is a card, and each cell names its column. */
export function Table<Row>({ label, rows, keyOf, columns, empty, detail }: TableProps<Row>) {
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ title, isNumber }, index) => (
            <th key={index} scope="col" className={isNumber ? 'number' : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      {rows.map((row) => {
        const below = detail?.(row);
        return (
          <tbody key={keyOf(row)}>
            <tr>
              {columns.map(({ title, cell, isNumber }, index) => (
                <td key={index} data-column={title} className={isNumber ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
            {below && (
              <tr className="detail">
                <td colSpan={columns.length}>{below}</td>
              </tr>
            )}
          </tbody>
        );
      })}
    </table>
  );
}
