// Parent check box of a tree: it sets all its children, and is checked or indeterminate if all or some are checked.
(() => {
  for (const tree of document.querySelectorAll('[data-tree]')) {
    const all = tree.querySelector('[data-tree-all]');
    const ticks = [...tree.querySelectorAll('input[type=checkbox]')].filter(tick => tick !== all);
    const show = () => {
      const set = ticks.filter(tick => tick.checked).length;
      all.checked = set === ticks.length;
      all.indeterminate = set > 0 && set < ticks.length;
    };
    all.addEventListener('change', () => { for (const tick of ticks) tick.checked = all.checked; });
    for (const tick of ticks) tick.addEventListener('change', show);
    tree.closest('form').addEventListener('reset', () => setTimeout(show));
    show();
  }
})();
