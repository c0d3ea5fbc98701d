/** One of the colours of `tokens.css`, the same for a user everywhere. */
const hueOf = (id: string): number =>
  Array.from(id).reduce((sum, each) => (sum * 31 + each.codePointAt(0)!) % 997, 7) % 6;

export function Avatar({ user }: { readonly user: { readonly id: string; readonly name: string } }) {
  return (
    <span className={`avatar hue-${hueOf(user.id)}`} aria-hidden>
      {(Array.from(user.name)[0] ?? '?').toUpperCase()}
    </span>
  );
}
