// Says how long own words are, once they come near the limit the server keeps. Announced politely, never in the way.
const MOST = 600;

for (const box of document.querySelectorAll("textarea")) {
  const line = document.createElement("p");
  line.className = "counter";
  line.setAttribute("aria-live", "polite");
  box.after(line);
  const say = () => {
    const length = box.value.length;
    line.textContent = length > MOST * 0.75 ? `${length} / ${MOST}` : "";
  };
  box.addEventListener("input", say);
  say();
}
