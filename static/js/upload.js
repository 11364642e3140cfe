// Choosing a file hands it in at once; what is typed elsewhere on the page is saved first.
(() => {
  document.addEventListener('change', async event => {
    const input = event.target;
    const form = input.closest?.('form.upload');
    if (!form || input.type !== 'file' || !input.files.length) return;
    const waits = [];
    document.dispatchEvent(new CustomEvent('before-leaving', { detail: waits }));
    await Promise.all(waits);
    form.querySelector('.upload-pick span').textContent = `正在上传 ${input.files.length} 个文件`;
    dispatchEvent(new Event('leaving'));
    form.requestSubmit();
  });
})();
