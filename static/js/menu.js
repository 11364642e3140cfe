// Pop-ups made of <details>: one open at a time, closed by Escape or a click elsewhere. They open without this file.
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
  // a reason that covers something can be put away
  if (document.activeElement?.matches('.off')) document.activeElement.blur();
});
