
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);
  const perPage = 500;
  const haystacks = []; // by row, made when they are first searched
  const order = { column: "", descending: false }; // "": as the report lists them
  const saying = document.querySelector("[data-column='attrs']") !== null; // what changes
  let shown = [];
  let page = 0;

  // Texts reach the page as text only.
  function add(parent, name, text, className) {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    parent.append(e);
    return e;
  }

  const place = (r) => (r.p ? `${data.files[r.p].n}:${r.l || 0}` : "");

  // A key breaks after its carrier, if it has to.
  function addKey(parent, key) {
    const code = add(parent, "code");
    const slash = key.indexOf("/") + 1;
    code.append(key.slice(0, slash), document.createElement("wbr"), key.slice(slash));
  }

  // A name breaks after its words, if it has to.
  function addName(parent, name) {
    const span = add(parent, "span", undefined, "name");
    for (const word of name.split(/(?<=_)/)) span.append(word, document.createElement("wbr"));
  }

  function haystack(i) {
    if (haystacks[i] === undefined) {
      const r = data.rows[i];
      const parts = [data.actions[r.a].word, r.k, r.o, r.d, r.m, place(r), data.reasons[r.w], r.e, data.statuses[r.s || 0]];
      for (const f of r.f || []) parts.push(data.attrs[f.n], f.b, f.t);
      haystacks[i] = parts.filter(Boolean).join("\n").toLowerCase();
    }
    return haystacks[i];
  }

  const columns = {
    result: (r) => r.s || 0,
    action: (r) => r.a,
    key: (r) => r.k,
    addr: (r) => r.d,
    attrs: (r) => (r.f || []).map((f) => data.attrs[f.n]).join(),
  };

  function select() {
    const text = find("text").value.trim().toLowerCase();
    const action = find("action").value;
    const attr = find("attr").value;
    const result = find("result") ? find("result").value : "";
    shown = [];
    data.rows.forEach((r, i) => {
      if (action !== "" && r.a !== Number(action)) return;
      if (attr !== "" && !(r.f || []).some((f) => f.n === Number(attr))) return;
      if (result !== "" && (r.s || 0) !== Number(result)) return;
      if (text !== "" && !haystack(i).includes(text)) return;
      shown.push(i);
    });
    if (order.column !== "") {
      const keys = data.rows.map(columns[order.column]);
      const sign = order.descending ? -1 : 1;
      shown.sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b));
    }
    page = 0;
    draw();
  }

  function draw() {
    const first = page * perPage;
    const rows = shown.slice(first, first + perPage);
    const fragment = document.createDocumentFragment();
    for (const i of rows) drawRow(fragment, data.rows[i]);
    find("rows").replaceChildren(fragment);
    const n = (x) => x.toLocaleString("en");
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    let count = `${n(shown.length)} of ${n(data.rows.length)} change${data.rows.length === 1 ? "" : "s"}`;
    if (pages > 1) count += `; ${n(first + 1)} to ${n(first + rows.length)} are listed`;
    find("count").textContent = count;
    find("page").textContent = `Page ${n(page + 1)} of ${n(pages)}`;
    find("pages").hidden = pages === 1;
    find("previous").disabled = page === 0;
    find("next").disabled = page === pages - 1;
  }

  function cell(tr, className) {
    const td = add(tr, "td", undefined, className);
    td.setAttribute("role", "cell");
    return td;
  }

  function drawRow(parent, r) {
    const tr = add(parent, "tr");
    tr.setAttribute("role", "row");
    if (data.statuses.length > 0) {
      const td = cell(tr);
      const word = data.statuses[r.s || 0];
      add(td, "div", word, { done: "create", failed: "force", refused: "force" }[word] || "warn");
      if (r.e) add(td, "div", r.e);
    }
    const action = data.actions[r.a];
    const td = cell(tr, `action ${action.name}`);
    add(td, "span", action.symbol, "symbol").setAttribute("aria-hidden", "true");
    td.append(` ${action.word}`);
    const key = cell(tr, "key");
    if (r.o) {
      addKey(key, r.o);
      key.append(" → ");
    }
    addKey(key, r.k);
    const addr = cell(tr);
    add(add(addr, "div"), "code", r.d);
    if (r.m) {
      const from = add(addr, "div", "from ", "name");
      add(from, "code", r.m);
    }
    if (r.p) {
      const at = add(addr, "div", undefined, "name");
      const file = data.files[r.p];
      if (file.u) add(at, "a", place(r)).href = file.u + (r.l ? `#L${r.l}` : "");
      else at.append(place(r));
    }
    if (!saying) return;
    const says = cell(tr);
    for (const f of r.f || []) {
      const line = add(says, "div");
      addName(line, `${data.attrs[f.n]}: `);
      if (f.b) {
        add(line, "code", f.b);
        line.append(" → ");
      }
      add(line, "code", f.t);
      if (f.x) add(line, "span", " forces replacement", "force");
    }
    if (data.reasons[r.w] || !r.f) add(says, "div", data.reasons[r.w] || "nothing else", "name");
  }

  function options(id, names) {
    find(id).parentElement.hidden = names.length === 0;
    names.forEach((name, i) => {
      add(find(id), "option", name).value = String(i);
    });
    find(id).addEventListener("change", select);
  }

  function turn(by) {
    page += by;
    draw();
    find("changes").scrollIntoView();
  }

  options("action", data.actions.map((a) => a.word));
  options("attr", data.attrs);
  if (find("result")) options("result", data.statuses);
  find("text").addEventListener("input", select);
  find("previous").addEventListener("click", () => turn(-1));
  find("next").addEventListener("click", () => turn(1));
  for (const button of document.querySelectorAll("[data-column]")) {
    button.addEventListener("click", () => {
      const column = button.dataset.column;
      order.descending = order.column === column && !order.descending;
      order.column = column;
      for (const th of document.querySelectorAll("[aria-sort]")) th.removeAttribute("aria-sort");
      button.closest("th").setAttribute("aria-sort", order.descending ? "descending" : "ascending");
      select();
    });
  }
  for (const e of document.querySelectorAll(".tools, #changes")) e.hidden = false;
  select();
})();
