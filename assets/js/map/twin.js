// The list behind a map: the same points as links, for readers, screen readers and devices that draw no map.
const MOST = 200;

export function twin(box, points) {
  const list = box.nextElementSibling;
  if (!list?.matches("[data-map-twin]")) return;
  const ul = list.querySelector("ul");
  const n = points.features.length;
  const words = n > MOST ? box.dataset.sayFirstPoints : box.dataset.sayPoints;
  list.querySelector("[data-map-count]").textContent = words.replace("{n}", n).replace("{most}", MOST);
  const fill = () => {
    ul.replaceChildren(...points.features.slice(0, MOST).map((f) => {
      const li = document.createElement("li");
      const about = f.properties ?? {};
      const title = document.createElement(about.url ? "a" : "span");
      if (about.url) title.href = about.url;
      title.textContent = about.title ?? "";
      const meta = document.createElement("span");
      meta.className = "soft small d-block";
      meta.textContent = about.meta ?? "";
      li.append(title, meta);
      return li;
    }));
  };
  if (list.open) fill();
  list.ontoggle = () => { if (list.open) fill(); };
}
