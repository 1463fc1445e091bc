"use strict";
// What a page does beyond being read: the choice of colours, folded parts that are linked to or printed,
// boxes that scroll by the keyboard, the graph, the search. Without it everything can be read all the same.
(function () {
  var root = document.documentElement;
  var KEY = "gantheory-colours";
  var COLOURS = ["", "light", "dark"];

  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }

  // --- colours ---------------------------------------------------------------------------------

  function kept() {
    try { return localStorage.getItem(KEY) || ""; } catch (refusal) { return ""; }
  }

  function keep(choice) {
    try { localStorage.setItem(KEY, choice); } catch (refusal) { /* for this page, then */ }
  }

  function colour(choice) {
    if (choice === "light" || choice === "dark") { root.dataset.theme = choice; } else { delete root.dataset.theme; }
  }

  function chooseColours() {
    var button = document.getElementById("theme");
    function show() {
      button.textContent = "Colours: " + (root.dataset.theme || "system");
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      var next = COLOURS[(COLOURS.indexOf(root.dataset.theme || "") + 1) % COLOURS.length];
      colour(next);
      keep(next);
      show();
    });
    show();
  }

  // --- folded parts ----------------------------------------------------------------------------

  function unfold() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    for (var part = target.parentElement; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") { part.open = true; }
    }
    target.scrollIntoView({ behavior: "instant" });
  }

  var opened = [];

  function beforePrint() {
    opened = all("details.alike:not([open])");
    opened.forEach(function (part) { part.open = true; });
  }

  function afterPrint() {
    opened.forEach(function (part) { part.open = false; });
    opened = [];
  }

  // --- boxes wider than the page ---------------------------------------------------------------

  function scrollers() {
    all("math:not([display])").forEach(function (formula) {  // within a line
      var around = formula.closest("p, li, h1, dt, dd, figcaption, a.title, section");
      formula.classList.toggle("wide", around && formula.getBoundingClientRect().width > around.clientWidth + 1);
    });
    all(".formula, .display, .scroll, .graph, pre, math.wide").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.tagName === "PRE" ? "Code" : "Wider than the page");
      } else if (box.hasAttribute("tabindex")) {
        ["tabindex", "role", "aria-label"].forEach(function (name) { box.removeAttribute(name); });
      }
    });
  }

  // --- the graph -------------------------------------------------------------------------------

  function graph() {
    var drawing = document.getElementById("graph");
    if (!drawing) { return; }
    var info = document.getElementById("graph-info");
    var edges = all(".edge", drawing);
    var nodes = {};
    all(".node", drawing).forEach(function (node) { nodes[node.dataset.label] = node; });

    function look(label) {
      var beside = {};
      beside[label] = true;
      edges.forEach(function (edge) {
        var lit = edge.dataset.from === label || edge.dataset.to === label;
        edge.classList.toggle("lit", lit);
        if (lit) { beside[edge.dataset.from] = beside[edge.dataset.to] = true; }
      });
      Object.keys(nodes).forEach(function (other) { nodes[other].classList.toggle("lit", !!beside[other]); });
      drawing.classList.add("looking");
      info.textContent = nodes[label].getAttribute("aria-label");
    }

    function away() {
      drawing.classList.remove("looking");
      info.textContent = "";
    }

    Object.keys(nodes).forEach(function (label) {
      nodes[label].addEventListener("mouseenter", function () { look(label); });
      nodes[label].addEventListener("focus", function () { look(label); });
      nodes[label].addEventListener("mouseleave", away);
      nodes[label].addEventListener("blur", away);
    });
  }

  // --- the search ------------------------------------------------------------------------------

  var MOST = 50;

  function plain(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  }

  function rows(index) {
    var made = index.pages.map(function (page) {
      return {
        href: page[0], title: page[2], of: page[3], verdict: page[5] ? "verified" : "not verified",
        text: "", words: plain([page[1], page[2], page[3], page[4]].join(" ")), section: "", works: page[6]
      };
    });
    index.claims.forEach(function (claim) {
      var page = index.pages[claim[0]];
      made.push({
        href: page[0] + "#" + claim[1], title: claim[4], of: claim[2] + " of " + page[1], verdict: claim[3],
        text: claim[5], words: plain([claim[1], claim[4], claim[5], page[1], page[2]].join(" ")),
        section: claim[2], works: page[6]
      });
    });
    return made;
  }

  function line(row) {
    var item = document.createElement("li");
    var first = document.createElement("p");
    var link = document.createElement("a");
    var of = document.createElement("span");
    link.href = row.href;
    link.textContent = row.title;
    of.className = "of";
    of.textContent = " " + row.verdict + ", " + row.of;
    first.append(link, of);
    item.append(first);
    if (row.text) {
      var text = document.createElement("p");
      text.className = "text";
      text.textContent = row.text.length > 200 ? row.text.slice(0, 199) + "…" : row.text;
      item.append(text);
    }
    return item;
  }

  function search() {
    var form = document.getElementById("search");
    if (!form || !window.gantheoryIndex) { return; }
    var every = rows(window.gantheoryIndex);
    var found = [];
    var results = document.getElementById("results");
    var more = document.getElementById("more");
    var said = document.getElementById("found");
    var asked = new URLSearchParams(location.search);
    ["q", "section", "verdict", "source"].forEach(function (name) {
      if (asked.get(name)) { form.elements[name].value = asked.get(name); }
    });

    function show() {
      var next = found.slice(results.children.length, results.children.length + MOST);
      next.forEach(function (row) { results.append(line(row)); });
      more.hidden = results.children.length >= found.length;
    }

    function count(number, word) {
      return number + " " + word + (number === 1 ? "" : "s");
    }

    function look() {
      var words = plain(form.elements.q.value).split(/\s+/).filter(Boolean);
      var section = form.elements.section.value;
      var verdict = form.elements.verdict.value;
      var source = form.elements.source.value;
      results.textContent = "";
      if (!words.length && !section && !verdict && !source) {
        found = [];
        said.textContent = "";
        more.hidden = true;
        return;
      }
      found = every.filter(function (row) {
        return (!section || row.section === section) && (!verdict || row.verdict === verdict) &&
          (!source || row.works.indexOf(source) >= 0) &&
          words.every(function (word) { return row.words.indexOf(word) >= 0; });
      });
      var pages = found.filter(function (row) { return !row.section; }).length;
      said.textContent = count(pages, "theorem") + " and " + count(found.length - pages, "claim") + " found";
      show();
    }

    var waiting = 0;
    form.addEventListener("submit", function (event) { event.preventDefault(); look(); });
    form.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(look, 120);
    });
    more.addEventListener("click", function () {
      var before = results.children.length;
      show();
      results.children[before].querySelector("a").focus();
    });
    look();
    if (!asked.get("q")) { form.elements.q.focus(); }
  }

  // --- begin -----------------------------------------------------------------------------------

  colour(kept());
  document.addEventListener("DOMContentLoaded", function () {
    chooseColours();
    graph();
    search();
    unfold();
    scrollers();
  });
  document.addEventListener("toggle", scrollers, true);
  window.addEventListener("resize", scrollers);
  window.addEventListener("hashchange", unfold);
  window.addEventListener("beforeprint", beforePrint);
  window.addEventListener("afterprint", afterPrint);
})();
