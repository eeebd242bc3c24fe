// Draws the report out of the JSON in #data. Every name of a file goes through textContent or onto a canvas: names are
// data and never markup. docs/reports.md says what the data means.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);

  // ---- small tools -------------------------------------------------------------------------------------------------

  const byId = id => document.getElementById(id);

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /** IEC units, as the command line writes them: 1.5 GiB. */
  function size(bytes) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let magnitude = Math.abs(bytes);
    let unit = 0;
    while (magnitude >= 1023.95 && unit < units.length - 1) {
      magnitude /= 1024;
      unit++;
    }
    const digits = unit === 0 ? 0 : magnitude < 9.995 ? 2 : 1;
    return (bytes < 0 ? '−' : '') + String(Number(magnitude.toFixed(digits))) + ' ' + units[unit];
  }

  const marks = {'at most': '≤ ', 'at least': '≥ ', 'about': '~'};

  /** A number with the mark of what is known about it: of {bound}, if that is there. */
  const marked = (bytes, about, show = size) => (marks[about.bound] ?? '') + show(bytes);

  /** What is known about the sum of rows. */
  function together(rows) {
    const bounds = [...new Set(rows.map(row => row.bound).filter(Boolean))];
    return {bound: bounds.length > 1 ? 'about' : bounds[0]};
  }

  const growth = bytes => (bytes > 0 ? '+' : bytes === 0 ? '±' : '') + size(bytes);
  const entries = n => n.toLocaleString('en') + (n === 1 ? ' entry' : ' entries');
  const percent = share => (share >= 0.995 || share === 0 ? Math.round(share * 100) : (share * 100).toFixed(1)) + ' %';
  const shorten = (text, most) => text.length <= most ? text : text.slice(0, most / 2) + '…' + text.slice(-most / 2);

  function duration(seconds) {
    const whole = Math.round(seconds);
    if (whole < 60) return (seconds < 10 ? Math.round(seconds * 10) / 10 : whole) + ' s';
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return parts[0] > 0 ? parts[0] + ' h ' + parts[1] + ' min' : parts[1] + ' min ' + parts[2] + ' s';
  }

  const time = iso => new Date(iso).toLocaleString(undefined, {dateStyle: 'medium', timeStyle: 'short'});

  // ---- charts ------------------------------------------------------------------------------------------------------

  const charts = [];

  /** Draws a chart, and again whenever its width or the colours change; options() reads the colours. */
  function chart(id, options) {
    const instance = echarts.init(byId(id), null, {renderer: 'canvas'});
    const draw = () => instance.setOption(
        {animation: false, textStyle: {fontFamily: getComputedStyle(document.body).fontFamily}, ...options()},
        {notMerge: true});
    charts.push({instance, draw});
    draw();
    return {instance, draw};
  }

  function redraw() {
    for (const each of charts) {
      each.instance.resize();
      each.draw();
    }
  }

  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth !== width) {
      width = document.body.clientWidth;
      redraw();
    }
  }).observe(document.body);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  for (const event of ['beforeprint', 'afterprint']) addEventListener(event, redraw);

  /** A text renderer takes {style|text} for markup; with a word joiner behind the brace it is text. */
  const plain = text => text.replace(/\{/g, '{\u2060');

  const tooltip = more => ({
    renderMode: 'richText', confine: true, backgroundColor: color('card'), borderColor: color('line'), borderWidth: 1,
    padding: 10, textStyle: {color: color('text'), fontSize: 13, lineHeight: 19}, ...more});

  /** Ticks on an axis of bytes: powers of 1024 times 1, 2, 4, … */
  function byteAxis(least, most) {
    let step = 1;
    while ((most - least) / step > 6) step *= 2;
    return {
      type: 'value', min: Math.floor(least / step) * step, max: Math.max(Math.ceil(most / step) * step, step), interval: step,
      axisLabel: {formatter: size, color: color('muted')},
      splitLine: {lineStyle: {color: color('line')}}, axisLine: {show: false}, axisTick: {show: false}};
  }

  // ---- tables ------------------------------------------------------------------------------------------------------

  /**
   * Fills a table. A column is {label, value(row), cell(row)?, number?, wide?}: value is what it is sorted by, cell the
   * text or element to show.
   */
  function table(id, columns, rows, options = {}) {
    const node = byId(id);
    const sorting = {column: options.sortBy ?? -1, descending: true};
    let shown = rows;

    const head = element('tr');
    columns.forEach((column, i) => {
      const th = element('th', column.number ? 'number' : '');
      th.scope = 'col';
      if (options.sortable) {
        const button = element('button', '', column.label);
        button.type = 'button';
        button.addEventListener('click', () => {
          sorting.descending = sorting.column === i ? !sorting.descending : Boolean(column.number);
          sorting.column = i;
          fill();
        });
        th.append(button);
      } else {
        th.textContent = column.label;
      }
      head.append(th);
    });
    const body = element('tbody');
    node.replaceChildren(element('thead'), body);
    node.tHead.append(head);

    function fill() {
      const order = [...shown];
      if (sorting.column >= 0) {
        const {value} = columns[sorting.column];
        order.sort((a, b) => {
          const [x, y] = [value(a), value(b)];
          return (typeof x === 'number' ? x - y : String(x).localeCompare(String(y))) * (sorting.descending ? -1 : 1);
        });
        [...head.cells].forEach((th, i) => {
          if (i === sorting.column) th.setAttribute('aria-sort', sorting.descending ? 'descending' : 'ascending');
          else th.removeAttribute('aria-sort');
        });
      }
      body.replaceChildren(...order.slice(0, options.most?.() ?? order.length).map(row => {
        const tr = element('tr');
        for (const column of columns) {
          const td = element('td', (column.number ? 'number' : '') + (column.wide ? ' wide' : ''));
          td.dataset.label = column.label;
          const cell = (column.cell ?? column.value)(row);
          if (cell !== undefined && cell !== '') td.append(cell);
          tr.append(td);
        }
        return tr;
      }));
    }

    fill();
    return {show(some) { shown = some; fill(); }};
  }

  function path(text, detail) {
    const box = element('span');
    box.append(element('span', 'path', text));
    if (detail) box.append(element('span', 'detail', detail));
    return box;
  }

  // ---- heading -----------------------------------------------------------------------------------------------------

  function heading() {
    const words = [data.command, time(data.createdAt)];
    if (data.seconds !== undefined) words.push('took ' + duration(data.seconds));
    byId('subtitle').textContent = words.join(' · ');
    if (data.started) {
      const [typed, ...rest] = data.started.split('\n');
      byId('run').append(element('span', 'path', typed), element('br'), [...rest, 'exit code ' + data.exit].join(' · '));
    }
    if (data.next) {
      byId('next').hidden = false;
      byId('next').append(element('b', '', 'Next: '), data.next);
    }
    if (data.passed !== undefined) {
      byId('verdict').hidden = false;
      byId('verdict').append(element('span', 'chip ' + (data.passed ? 'good' : 'failed'), data.passed ? 'PASS' : 'FAIL'));
    }
    for (const {label, bytes, number, detail, bound} of data.tiles) {
      const tile = element('dl', 'tile');
      const value = number === undefined ? marked(bytes, {bound}) : number.toLocaleString('en');
      tile.append(element('dt', '', label), element('dd', '', value));
      if (detail) tile.append(element('dd', 'detail', detail));
      byId('tiles').append(tile);
    }
    byId('notes').append(...data.notes.map(note => element('li', '', note)));
  }

  // ---- wheels ------------------------------------------------------------------------------------------------------

  function wheels() {
    byId('wheels').hidden = false;
    const bytes = (key, about = row => row) => ({value: row => row[key] ?? 0, cell: row => row[key] ? marked(row[key], about(row)) : '–', number: true});
    table('wheels-table', [
      {label: 'Wheel', value: row => row.label,
        cell: row => path(row.file ?? row.label, row.file ? row.label : row.reason), wide: true},
      {label: 'Status', value: row => row.status,
        cell: row => element('span', 'chip ' + (row.status === 'built' ? 'good' : row.status === 'failed' ? 'failed' : ''), row.status)},
      {label: 'Size', ...bytes('bytes', () => ({}))}, // of one file, as long as it is
      {label: 'Peak (sampled)', ...bytes('sampledPeakBytes')},
      {label: 'Reclaimed', ...bytes('reclaimedBytes')},
    ], data.wheels);
  }

  // ---- timeline ----------------------------------------------------------------------------------------------------

  function timeline() {
    const {locations, samples, spans} = data.timeline;
    if (samples.length < 2) return;
    byId('timeline').hidden = false;
    const start = samples[0].bytes;
    const totals = samples.map(sample => sample.bytes.reduce((a, b) => a + b, 0));
    // Where most of it never moves, the change is what there is to see.
    let mode = Math.min(...totals) > Math.max(...totals) / 2 ? 'change' : 'total';
    const value = (sample, i) => sample.bytes[i] - (mode === 'change' ? start[i] : 0);
    const last = samples[samples.length - 1].seconds;

    const options = () => {
      const stacked = samples.map(sample => locations.reduce(
          (sum, _, i) => { const v = value(sample, i); return v < 0 ? [sum[0] + v, sum[1]] : [sum[0], sum[1] + v]; }, [0, 0]));
      const narrow = byId('timeline-chart').clientWidth < 560;
      const areas = spans.map((span, i) => [
        {name: narrow ? String(i + 1) : shorten(span.label, 34), xAxis: span.from * 1000,
          itemStyle: {color: color('text'), opacity: i % 2 ? 0.09 : 0.04}},
        {xAxis: span.to * 1000}]);
      const least = Math.min(0, ...stacked.map(s => s[0]));
      const greatest = Math.max(0, ...stacked.map(s => s[1]));
      return {
        useUTC: true,
        grid: {left: 12, right: 16, top: narrow ? 76 : 62, bottom: 8, containLabel: true},
        legend: {top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 10, textStyle: {color: color('text')},
          formatter: plain, data: locations},
        tooltip: tooltip({trigger: 'axis', axisPointer: {lineStyle: {color: color('muted')}}, formatter: points => plain(
            'after ' + duration(points[0].value[0] / 1000) + '\n'
            + points.map(p => p.seriesName + ': ' + marked(p.value[1], data.timeline, mode === 'change' ? growth : size)).reverse().join('\n'))}),
        // Of the axes with numbers only one of time leaves the stacking to the other axis
        xAxis: {type: 'time', min: 0, max: last * 1000, axisLabel: {formatter: v => duration(v / 1000), color: color('muted'), hideOverlap: true},
          axisLine: {lineStyle: {color: color('line')}}, splitLine: {show: false}},
        yAxis: byteAxis(-least < greatest / 50 ? 0 : least, greatest),
        series: locations.map((name, i) => ({
          name, type: 'line', stack: 'all', stackStrategy: 'samesign', symbol: 'none', step: false,
          lineStyle: {width: 0},
          itemStyle: {color: color('band-' + (i % 8 + 1))},
          areaStyle: {color: color('band-' + (i % 8 + 1)), opacity: 0.75},
          emphasis: {disabled: true},
          data: samples.map(sample => [sample.seconds * 1000, value(sample, i)]),
          markArea: i > 0 ? undefined : {silent: true, data: areas,
            label: {show: true, position: 'top', color: color('muted'), fontSize: 12}}
        }))
      };
    };

    const {draw} = chart('timeline-chart', options);
    const buttons = [...document.querySelectorAll('#timeline .switch button')];
    const press = () => buttons.forEach(b => b.setAttribute('aria-pressed', String(b.dataset.mode === mode)));
    buttons.forEach(button => button.addEventListener('click', () => {
      mode = button.dataset.mode;
      press();
      draw();
    }));
    press();
    const peak = totals.indexOf(Math.max(...totals));
    byId('timeline-chart').setAttribute('aria-label',
        'Disk use of ' + locations.join(', ') + ' over ' + duration(last) + '; at most ' + marked(totals[peak], data.timeline)
        + ' after ' + duration(samples[peak].seconds) + ', ' + marked(totals[totals.length - 1], data.timeline) + ' in the end');
    byId('timeline-note').textContent = data.timeline.note;
  }

  // ---- before and after --------------------------------------------------------------------------------------------

  function locations() {
    byId('locations').hidden = false;
    const rows = data.locations;
    const drawn = rows.filter(row => row.beforeBytes + row.afterBytes > 0).reverse(); // the axis goes upwards
    const bar = key => drawn.map(row => row[key]);
    byId('locations-chart').hidden = drawn.length === 0;
    byId('locations-chart').style.height = 4.5 + drawn.length * 3.4 + 'rem';
    const label = {show: true, position: 'right', formatter: p => marked(p.value, drawn[p.dataIndex]), color: 'inherit'};
    const bars = (name, key, style) => ({name, type: 'bar', data: bar(key), barMaxWidth: 16, barGap: '20%',
      itemStyle: {borderRadius: [0, 3, 3, 0], ...style}, label});
    if (drawn.length > 0) chart('locations-chart', () => ({
      grid: {left: 16, right: 84, top: 34, bottom: 4, containLabel: true},
      legend: {top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 10, textStyle: {color: color('text')}, data: ['before', 'after']},
      xAxis: {...byteAxis(0, Math.max(1, ...rows.flatMap(row => [row.beforeBytes, row.afterBytes]))),
        axisLabel: {formatter: size, color: color('muted'), hideOverlap: true}},
      yAxis: {type: 'category', data: drawn.map(row => plain(shorten(row.name, 24))), axisLabel: {color: color('text'), fontSize: 13},
        axisLine: {lineStyle: {color: color('line')}}, axisTick: {show: false}},
      series: [bars('before', 'beforeBytes', {color: color('band-7')}), bars('after', 'afterBytes', {color: color('band-1')})]
    }));
    byId('locations-chart').setAttribute('aria-label', 'Bars of the table below');
    const either = row => ({bound: row.bound && 'about'}); // of a difference
    const exactness = {beforeBytes: row => row, afterBytes: row => row, deltaBytes: either, toleranceBytes: () => ({})};
    const bytes = (name, key, show) => ({label: name, value: row => row[key], cell: row => marked(row[key], exactness[key](row), show), number: true});
    const columns = [
      {label: 'Location', value: row => row.name, cell: row => path(row.name, row.path), wide: true},
      bytes('Before', 'beforeBytes', size), bytes('After', 'afterBytes', size), bytes('Growth', 'deltaBytes', growth)];
    if (rows.some(row => row.verdict)) {
      columns.push(bytes('Tolerated', 'toleranceBytes', size), {label: 'Verdict', value: row => row.verdict,
        cell: row => element('span', 'chip ' + (row.verdict === 'PASS' ? 'good' : 'failed'), row.verdict)});
    }
    table('locations-table', columns, rows);
    for (const row of rows.filter(each => each.verdict === 'FAIL')) leaks(row);
  }

  /** The paths to blame in a place that did not pass. */
  function leaks(row) {
    // Where only the size counts, nothing but growth is to blame
    const signs = row.expectation === 'bounded' ? {grown: '+'} : {grown: '+', vanished: '−', replaced: '≠ '};
    const rows = Object.keys(signs).flatMap(key => (row[key] ?? []).map(each => ({...each, sign: signs[key], change: each.change ?? key})));
    const box = byId('leaks');
    box.append(element('h3', '', 'What changed in ' + row.name));
    if (row.failures?.length) box.append(element('p', 'note', row.failures.join('; ')));
    const list = element('table', 'cards');
    list.id = 'leaks-' + box.childElementCount;
    const scroll = element('div', 'scroll');
    scroll.append(list);
    box.append(scroll);
    table(list.id, [
      {label: 'Size', value: each => each.bytes, cell: each => marked(each.bytes, row, bytes => each.sign + size(bytes)), number: true},
      {label: 'Path', value: each => each.path, cell: each => path(each.path, each.entries > 1 ? entries(each.entries) : ''), wide: true},
      {label: 'What', value: each => each.change, cell: each => element('span', 'chip failed', each.change)},
    ], rows);
  }

  // ---- treemap -----------------------------------------------------------------------------------------------------

  // A node is {name, bytes, entries, bound?, children?, goes?, stays?, grown?, path?, others?}; bytes of what is below
  // included.

  const kinds = {
    goes: {color: 'goes', word: data.done ? 'removed' : 'to remove'},
    stays: {color: 'stays', word: 'kept'},
    grown: {color: 'failed', word: 'grew'},
    other: {color: 'other', word: ''},
  };
  const most = 0.95; // of a directory's bytes: it is shown as one thing then

  const kind = node => ['goes', 'stays', 'grown'].find(each => (node[each] ?? 0) > 0 && node[each] >= node.bytes * most) ?? 'other';

  function treemap() {
    byId('map').hidden = false;
    byId('map-title').textContent = data.treeTitle;
    const root = data.trees.length === 1 ? data.trees[0] : {
      name: 'All', children: data.trees, entries: data.trees.reduce((sum, tree) => sum + tree.entries, 0),
      bytes: data.trees.reduce((sum, tree) => sum + tree.bytes, 0), ...together(data.trees)};
    const parents = new Map();
    const all = [];
    (function learn(node) {
      node.id = all.push(node) - 1;
      node.children?.sort((a, b) => Boolean(a.others) - Boolean(b.others) || b.bytes - a.bytes);
      for (const child of node.children ?? []) {
        parents.set(child, node);
        if (node.bound === 'about') child.bound = node.bound; // one probe measures a whole tree
        learn(child);
      }
    })(root);
    let here = root;
    let chosen = -1;

    const children = () => here.children ?? [];
    const opens = node => (node.children ?? []).length > 0;
    const title = node => node.others ? 'others' : node.name;
    const pathOf = node => node.path ?? (parents.has(node) ? pathOf(parents.get(node)) + '/' + node.name : node.name);
    const bytesOf = node => marked(node.bytes, node);

    function describe(node) {
      const parts = ['goes', 'stays', 'grown'].filter(each => node[each] > 0)
          .map(each => marked(node[each], node) + ' ' + kinds[each].word);
      return [shorten(node.others ? 'others: ' + entries(node.others) + ' in ' + pathOf(parents.get(node)) : pathOf(node), 90),
        bytesOf(node) + (node.others ? '' : ' in ' + entries(node.entries)), ...parts].join('\n');
    }

    /** The directory that holds nearly all of a directory, however deep: what is worth a step. */
    function essence(node) {
      while (opens(node) && opens(node.children[0]) && node.children[0].bytes >= node.bytes * 0.97) node = node.children[0];
      return node;
    }

    function tile(node, levels) {
      const inside = levels > 0 ? essence(node) : node;
      const name = inside === node ? title(node) : title(node) + (parents.get(inside) === node ? '/' : '/…/') + inside.name;
      const inner = levels > 0 && opens(inside);
      const of = kinds[kind(node)];
      const word = of.word ? ' ' + of.word : '';
      return {
        name: String(inside.id), value: Math.max(node.bytes, 1),
        label: {formatter: () => name + '\n' + bytesOf(node) + (word ? '\n' + of.word : ''), lineHeight: 17},
        // The size first: a name that is cut off is still right
        upperLabel: {formatter: () => bytesOf(node) + '   ' + name + word, color: word ? color('tile-text') : color('text')},
        itemStyle: node === children()[chosen]
            ? {color: color(of.color), borderColor: color('focus'), borderWidth: 4}
            : {color: color(of.color), borderColor: !inner ? color('tile-gap') : word ? color(of.color) : color('group')},
        children: inner ? inside.children.map(child => tile(child, levels - 1)) : undefined
      };
    }

    const {instance, draw} = chart('map-chart', () => ({
      tooltip: tooltip({formatter: ({name}) => plain(describe(all[Number(name)] ?? here))}),
      series: [{
        type: 'treemap', id: 'map', left: 0, right: 0, top: 0, bottom: 0, roam: false, nodeClick: false, breadcrumb: {show: false},
        squareRatio: 0.8, visibleMin: 60,
        label: {color: color('tile-text'), fontSize: 13, overflow: 'truncate', position: 'insideTopLeft', padding: [6, 6]},
        upperLabel: {show: true, height: 26, fontSize: 13, overflow: 'truncate', padding: [0, 6]},
        itemStyle: {borderWidth: 0, gapWidth: 2},
        levels: [
          {itemStyle: {borderWidth: 0, gapWidth: 4, borderColor: color('card')}, upperLabel: {show: false}},
          {itemStyle: {borderWidth: 3, gapWidth: 2}},
          {itemStyle: {borderWidth: 2, gapWidth: 1}},
          {itemStyle: {borderWidth: 0, gapWidth: 1}}],
        // A size that is cut off would be another number, so there is none where it does not fit
        labelLayout: ({rect, text}) => rect.width < widthOf(text.split('\n')[1] ?? text) ? {x: -1e4} : {},
        emphasis: {disabled: true},
        data: children().map(child => tile(child, byId('map-chart').clientWidth > 700 ? 2 : 1))
      }]
    }));

    function widthOf(text) {
      return echarts.format.getTextRect(text, '13px ' + getComputedStyle(document.body).fontFamily).width + 14;
    }

    function go(node) {
      here = node;
      chosen = -1;
      crumbs();
      draw();
      contents();
      say(title(here) + ', ' + bytesOf(here) + ', ' + entries(children().length));
    }

    function choose(i) {
      if (children().length === 0) return;
      chosen = (i + children().length) % children().length;
      draw();
      say(describe(children()[chosen]).replace(/\n/g, ', '));
    }

    const say = text => { byId('map-live').textContent = text; };

    function crumbs() {
      const way = [];
      for (let node = here; node; node = parents.get(node)) way.unshift(node);
      byId('crumbs').replaceChildren(...way.flatMap((node, i) => {
        const button = element('button', 'path', i === 0 && node.path ? node.path : title(node));
        button.type = 'button';
        if (node === here) button.setAttribute('aria-current', 'true');
        else button.addEventListener('click', () => go(node));
        return i === 0 ? [button] : [element('span', '', '/'), button];
      }), element('span', '', '  ' + bytesOf(here) + ' in ' + entries(here.entries)));
    }

    function contents() {
      byId('contents-title').textContent = 'As a table: ' + title(here);
      table('contents-table', [
        {label: 'Name', value: title, wide: true, cell: node => {
          if (!opens(node)) return path(node.others ? 'others: ' + entries(node.others) : node.name);
          const button = element('button', 'link path', node.name);
          button.type = 'button';
          button.addEventListener('click', () => go(node));
          return button;
        }},
        {label: 'Size', value: node => node.bytes, cell: bytesOf, number: true},
        {label: 'Share', value: node => node.bytes / here.bytes, cell: node => percent(here.bytes ? node.bytes / here.bytes : 0), number: true},
        {label: 'Entries', value: node => node.entries, cell: node => node.entries.toLocaleString('en'), number: true},
        {label: '', value: kind, cell: node => kinds[kind(node)].word
            ? element('span', 'chip ' + kinds[kind(node)].color, kinds[kind(node)].word) : ''},
      ], children(), {sortable: true});
    }

    instance.on('click', ({name}) => {
      let node = all[Number(name)];
      if (!node || node === here) return;
      if (!opens(node)) node = parents.get(node);
      if (node && node !== here) go(node);
    });
    byId('map-chart').addEventListener('keydown', event => {
      const keys = {
        ArrowRight: () => choose(chosen + 1), ArrowDown: () => choose(chosen + 1),
        ArrowLeft: () => choose(Math.max(chosen, 0) - 1), ArrowUp: () => choose(Math.max(chosen, 0) - 1),
        Home: () => choose(0), End: () => choose(-1),
        Enter: () => { if (chosen >= 0 && opens(children()[chosen])) go(essence(children()[chosen])); },
        Backspace: () => { if (parents.has(here)) go(parents.get(here)); },
      };
      keys.Escape = keys.Backspace;
      keys[' '] = keys.Enter;
      if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        keys[event.key]();
      }
    });

    const present = ['goes', 'stays', 'grown'].filter(each => all.some(node => node[each] > 0));
    const words = {goes: data.done ? 'removed' : 'to remove', stays: 'proposed by a policy, and kept', grown: 'grew'};
    byId('legend').append(...[...present, 'other'].map(each => {
      const item = element('span');
      item.append(element('i', each), words[each] ?? (present.length > 0 ? 'everything else' : 'everything there'));
      return item;
    }));
    crumbs();
    contents();
  }

  // ---- decisions ---------------------------------------------------------------------------------------------------

  const step = 200; // rows that are put on the page at once

  function decisions() {
    byId('decisions').hidden = false;
    const rows = data.decisions;
    const chip = {'to remove': 'goes', 'removed': 'goes', 'would-remove': 'goes', 'kept': 'stays', 'skipped': 'stays', 'failed': 'failed'};
    const outcome = row => element('span', 'chip ' + (chip[row.outcome] ?? ''), row.outcome.replace('-', ' '));
    let shown = step;
    const listed = table('decisions-table', [
      {label: 'Size', value: row => row.bytes ?? -1, cell: row => row.bytes === undefined ? '' : marked(row.bytes, row), number: true},
      {label: 'Path', value: row => row.path, cell: row => path(row.path, row.within), wide: true},
      {label: 'Outcome', value: row => row.outcome, cell: outcome},
      {label: 'Policy', value: row => row.policy, cell: row => element('span', 'word', row.policy)},
      {label: 'Why', value: row => row.reason, wide: true, cell: row => {
        const box = element('span', '', row.reason);
        if (row.guard) box.append(element('span', 'detail', row.guard === 'evidence' ? 'kept by the policy itself' : 'kept by the guard “' + row.guard + '”'));
        else if (row.detail) box.append(element('span', 'detail', row.detail));
        return box;
      }},
    ], rows, {sortable: true, sortBy: 0, most: () => shown});

    table('totals-table', [
      {label: 'Policy', value: row => row.policy, wide: true},
      {label: 'Outcome', value: row => row.outcome, cell: outcome},
      {label: 'Cost to restore', value: row => row.cost},
      {label: 'Items', value: row => row.items, cell: row => row.items.toLocaleString('en'), number: true},
      {label: 'Size', value: row => row.bytes, cell: row => marked(row.bytes, row), number: true},
    ], data.totals);

    const choices = (id, key, all) => {
      const values = [...new Set(rows.map(row => row[key]))].sort();
      byId(id).append(...['', ...values].map(value => {
        const option = element('option', '', value === '' ? all : value.replace('-', ' '));
        option.value = value;
        return option;
      }));
    };
    choices('by-outcome', 'outcome', 'all');
    choices('by-policy', 'policy', 'all');

    function filter() {
      const text = byId('find').value.toLowerCase();
      const [outcome, policy] = [byId('by-outcome').value, byId('by-policy').value];
      const some = rows.filter(row => (!outcome || row.outcome === outcome) && (!policy || row.policy === policy)
          && (!text || [row.path, row.policy, row.reason, row.guard ?? '', row.within ?? ''].some(each => each.toLowerCase().includes(text))));
      listed.show(some);
      const bytes = some.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
      byId('found').textContent = (some.length === rows.length ? '' : some.length.toLocaleString('en') + ' of ')
          + rows.length.toLocaleString('en') + (rows.length === 1 ? ' row, ' : ' rows, ') + marked(bytes, together(some));
      byId('more').hidden = some.length <= shown;
      byId('more').textContent = 'Show all ' + some.length.toLocaleString('en') + ' rows';
    }
    for (const id of ['find', 'by-outcome', 'by-policy']) {
      byId(id).addEventListener('input', () => { shown = step; filter(); });
    }
    byId('more').addEventListener('click', () => { shown = Infinity; filter(); });
    byId('filters').addEventListener('submit', event => event.preventDefault());
    filter();
    if (data.decisionsLeftOut) {
      byId('left-out').hidden = false;
      byId('left-out').textContent = 'The largest are listed; omitted: ' + data.decisionsLeftOut;
    }
  }

  heading();
  if (data.wheels) wheels();
  if (data.timeline) timeline();
  if (data.locations) locations();
  if (data.trees) treemap();
  if (data.decisions) decisions();
  document.documentElement.dataset.ready = 'true';
})();
