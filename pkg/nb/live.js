function (id) {
  let number = 0;
  for (const box of document.querySelectorAll('[data-live="' + id + '"]')) {
    const [pause, stop] = box.querySelectorAll("button");
    const tell = word => {
      const comm = globalThis.gonb_comm;
      if (comm) comm.send("/live/" + id, ++number + " " + word);
      else setTimeout(tell, 200, word); // not connected yet
    };
    pause.addEventListener("click", () => {
      const running = pause.textContent == "pause";
      pause.textContent = running ? "go on" : "pause";
      tell(running ? "pause" : "go");
    });
    stop.addEventListener("click", () => tell("stop"));
  }
}
