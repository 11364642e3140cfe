// Progress of a job: move the bar, and reload the page when the job ends. Without scripts the page reloads itself.
const counted = number => number.toLocaleString('zh-CN');
const job = document.querySelector('[data-job]');

async function follow() {
  try {
    const state = await (await fetch(job.dataset.job)).json();
    if (!['queued', 'running'].includes(state.state)) return location.reload();
    job.querySelector('[data-job-state] .tag').textContent = state.label;
    if (state.total) {
      const bar = job.querySelector('progress');
      bar.max = state.total;
      bar.value = state.done;
      job.querySelector('[data-job-text]').textContent = `已处理 ${counted(state.done)} / ${counted(state.total)}`;
    }
  } catch { /* offline: try again at the next turn */ }
  setTimeout(follow, 1000);
}

if (job) setTimeout(follow, 500);
