/// The report's script: read-outs under the pointer. Charts are complete without it.
enum ReportScript {
    /// What the content security policy allows: the base64 digest of ``text``. A test keeps the two together.
    static let hash = "sha256-9HmorL9/CfU+zmsKsHt3jwysI+N2XT/kFZoKrlgIzDo="

    static let text = """
        'use strict';
        (() => {
          const tip = document.getElementById('tip');
          const element = (name, parent, text, cls) => {
            const node = document.createElement(name);
            if (cls) node.className = cls;
            if (text !== undefined) node.textContent = text;
            parent.append(node);
            return node;
          };
          for (const figure of document.querySelectorAll('.chart')) {
            const plot = figure.querySelector('.plot');
            const data = JSON.parse(figure.querySelector('script').textContent);
            let marks = [];
            const hide = () => { tip.hidden = true; marks.forEach(m => m.remove()); marks = []; };
            const show = event => {
              const box = plot.getBoundingClientRect();
              const at = 100 * (event.clientX - box.left) / box.width;
              let best = 0;
              data.x.forEach((x, i) => { if (Math.abs(x - at) < Math.abs(data.x[best] - at)) best = i; });
              hide();
              const cursor = element('div', plot, undefined, 'cursor');
              cursor.style.left = data.x[best] + '%';
              marks.push(cursor);
              tip.replaceChildren();
              element('p', tip, 'step ' + data.steps[best]);
              for (const series of data.series) {
                if (series.text[best] === null) continue;
                const line = element('p', tip, undefined, 'c' + series.color);
                const name = element('span', line);
                element('i', name);
                name.append(series.name);
                element('b', line, series.text[best] + data.unit);
                if (series.y) {
                  const dot = element('div', plot, undefined, 'dot c' + series.color);
                  dot.style.left = data.x[best] + '%';
                  dot.style.top = series.y[best] + '%';
                  marks.push(dot);
                }
              }
              tip.hidden = false;
              const left = box.left + box.width * data.x[best] / 100;
              const over = left + 14 + tip.offsetWidth > document.documentElement.clientWidth - 8;
              tip.style.left = Math.max(8, over ? left - 14 - tip.offsetWidth : left + 14) + 'px';
              tip.style.top = Math.max(8, Math.min(event.clientY - 20, innerHeight - tip.offsetHeight - 8)) + 'px';
            };
            plot.addEventListener('pointermove', show);
            plot.addEventListener('pointerdown', show);
            plot.addEventListener('pointerleave', hide);
          }
          addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
        })();
        """
}
