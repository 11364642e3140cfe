// Number and sum of the ticked rows, updated on every change. Without this file the page shows the sum of all rows.
(() => {
  for (const form of document.querySelectorAll('[data-sum]')) {
    const said = form.querySelector('[data-sum-said]');
    const all = said.textContent;
    const show = () => {
      const ticked = [...form.querySelectorAll('[data-fen]:checked')];
      const fen = ticked.reduce((sum, tick) => sum + Number(tick.dataset.fen), 0);
      const yuan = (fen / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
      said.textContent = ticked.length ? `已勾选 ${ticked.length} 项，合计 ${yuan} 元` : all;
    };
    form.addEventListener('change', show);
    show();
  }
})();
