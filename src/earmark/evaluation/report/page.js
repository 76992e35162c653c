"use strict";
// Sorts and searches the table of all classes; without it the table is whole, in its own order.
{
  const table = document.getElementById("classes");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const search = document.getElementById("search");
  const found = document.getElementById("found");

  const value = (row, at) => {
    const text = row.cells[at].textContent;
    return at === 1 ? text.toLowerCase() : parseFloat(text);
  };
  const compare = (a, b) => {
    if (typeof a === "string") return a < b ? -1 : a > b ? 1 : 0;
    return a - b;
  };
  const sort = (at, down) => {
    rows.sort((one, other) => {
      const a = value(one, at), b = value(other, at);
      const none = Number.isNaN(a) - Number.isNaN(b);  // what is not defined comes last
      return none || (down ? compare(b, a) : compare(a, b));
    });
    body.append(...rows);
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    head.setAttribute("aria-sort", at ? "none" : "ascending");
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const down = before === "none" ? at > 1 : before === "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(at, down);
    });
  });

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let count = 0;
    for (const row of rows) {
      const text = row.cells[1].textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      count += !row.hidden;
    }
    found.textContent = `${count} of ${rows.length} classes`;
  };
  search.addEventListener("input", show);
  search.closest(".search").hidden = false;
  show();
}
