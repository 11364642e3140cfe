// A date entered for a grant ticks the grant, because a date without a grant has no effect.
document.addEventListener('input', event => {
  const day = event.target.closest('.grant-term input');
  const tick = day?.value && day.closest('li').querySelector('input[type=checkbox]');
  if (!tick || tick.checked) return;
  tick.checked = true;
  tick.dispatchEvent(new Event('change', { bubbles: true }));
});
