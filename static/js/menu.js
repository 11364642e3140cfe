// Pop-ups made of <details>: only one is open; Escape or a click elsewhere closes it. They also open without this file.
document.addEventListener('click', event => {
  for (const open of document.querySelectorAll('details.more[open], details.menu-switch[open]')) {
    const inside = open.contains(event.target) || (open.matches('.menu-switch') && event.target.closest('.side'));
    if (!inside) open.open = false;
  }
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const open of document.querySelectorAll('details.more[open], details.menu-switch[open]')) {
    open.open = false;
    open.querySelector('summary').focus();
  }
  // Escape hides the tooltip with a reason, which may cover other content
  if (document.activeElement?.matches('.off')) document.activeElement.blur();
});
