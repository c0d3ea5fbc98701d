import { useTexts } from '../text/text.js';

export const Loading = () => (
  <p className="blank" role="status">
    {useTexts()('app.loading')}
  </p>
);
