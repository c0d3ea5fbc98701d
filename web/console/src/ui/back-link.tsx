import { Link } from 'wouter';

export const BackLink = ({ href, label }: { readonly href: string; readonly label: string }) => (
  <Link className="icon" href={href} aria-label={label}>
    ←
  </Link>
);
