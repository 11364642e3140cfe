// Choosing a table to import: show the name of the file, and a message while the server reads it.
(() => {
  const input = document.querySelector('.drop input[type=file]');
  const said = document.querySelector('[data-file-name]');
  if (!input) return;

  input.addEventListener('change', () => {
    if (input.files.length > 1) {  // several files dropped at once
      input.value = '';
      said.textContent = '一次只能导入一个文件，请逐个上传';
      return;
    }
    const [file] = input.files;
    said.textContent = file ? `${file.name}（${Math.max(1, Math.round(file.size / 1024))} KB）` : '还没有选择文件';
  });
  input.form.addEventListener('submit', () => { said.textContent = '正在上传并逐行核对，请稍候'; });
})();
