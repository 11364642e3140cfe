// 打印 a page that is made to be printed. The button is shown only where it works.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
