function (id, names, settle) {
  let number = 0, timer = null;
  for (const box of document.querySelectorAll('[data-knobs="' + id + '"]')) {
    const knobs = [...box.querySelectorAll("input, select")];
    const position = knob => knob.tagName == "SELECT" ? knob.selectedIndex : +knob.value;
    const tell = done => {
      const comm = globalThis.gonb_comm;
      if (comm) comm.send("/knobs/" + id, [++number, done, ...knobs.map(position)].join(" "));
      else timer = setTimeout(tell, 200, done); // not connected yet
    };
    knobs.forEach((knob, i) => knob.addEventListener("input", () => {
      const value = knob.parentNode.querySelector("output");
      if (value) value.textContent = names[i][position(knob)];
      if (value) knob.setAttribute("aria-valuetext", value.textContent);
      clearTimeout(timer);
      timer = setTimeout(tell, settle, 0);
    }));
    box.addEventListener("keydown", event => event.stopPropagation());
    box.querySelector("button").addEventListener("click", () => { clearTimeout(timer); tell(1); });
  }
}
