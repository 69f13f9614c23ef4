// @ts-check
/** Runs before anything is drawn: the theme that the reader chose, so that nothing flashes. `theme.js` changes it later. */
try {
  const theme = localStorage.getItem('outrider-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme it is.
}
