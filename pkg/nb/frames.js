function (id, data) {
  for (const box of document.querySelectorAll('[data-frames="' + id + '"]')) {
    if (box.dataset.moves) continue; // another copy of this output has a script too
    box.dataset.moves = "yes";
    const [image, slider, value] = ["img", "input", "output"].map(name => box.querySelector(name));
    const show = () => {
      const i = +slider.value, frame = data.frames[i].map(k => data.lines[k]).join("\n");
      image.src = data.svg ? "data:image/svg+xml," + encodeURIComponent(frame) : "data:image/png;base64," + frame;
      image.alt = data.texts[i];
      value.textContent = data.names[i];
      slider.setAttribute("aria-valuetext", data.names[i]);
    };
    slider.hidden = false;
    slider.addEventListener("input", show);
    box.addEventListener("keydown", event => event.stopPropagation());
  }
}
