// Tabs within one form: show one part at a time. Without this file the links of the tabs jump to the parts.
(() => {
  const tabs = document.querySelector('[data-panels]');
  if (!tabs) return;
  const links = [...tabs.querySelectorAll('a')];
  const panelOf = link => document.getElementById(link.hash.slice(1));
  const kept = tabs.closest('form').elements.tab; // after saving, the page opens at the same tab

  function show(chosen) {
    for (const link of links) {
      panelOf(link).hidden = link !== chosen;
      if (link === chosen) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    kept.value = chosen.hash.slice(1);
  }

  tabs.addEventListener('click', event => {
    const link = event.target.closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, '', link.hash);
    show(link);
  });

  const wrong = links.find(link => panelOf(link).querySelector('[aria-invalid=true]'));
  show(wrong || links.find(link => link.hash === (location.hash || `#${kept.value}`)) || links[0]);
})();
