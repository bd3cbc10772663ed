/// The review sheet's script: counts marks, keeps them in the browser, and exports them as a file.
enum ReviewScript {
    /// What the content security policy allows: the base64 digest of ``text``. A test keeps the two together.
    static let hash = "sha256-A6M+5cNuwtO3BRYXMRt4cgu9t/IhtilsTWF3EhTJH+M="

    static let text = """
        'use strict';
        (() => {
          const main = document.querySelector('main');
          const boxes = [...document.querySelectorAll('.mark input')];
          const store = 'percept-review-' + document.querySelector('#review').dataset.sheet;
          const facts = [...document.querySelectorAll('.fact')];
          const markOf = fact => { const on = fact.querySelector('input:checked'); return on ? on.value : ''; };
          const count = () => {
            const marks = facts.map(markOf);
            const sum = name => marks.filter(m => m === name).length;
            document.querySelector('#accepted').textContent = sum('accept');
            document.querySelector('#rejected').textContent = sum('reject');
            document.querySelector('#open').textContent = sum('');
            facts.forEach((fact, i) => { fact.dataset.mark = marks[i]; });
          };
          const entries = () => facts.filter(markOf).map(fact => ({
            fact: fact.dataset.fact, problem: fact.dataset.problem, text: fact.dataset.text, mark: markOf(fact)}));
          const save = () => { try { localStorage.setItem(store, JSON.stringify(entries())); } catch (e) {} };
          const set = (fact, mark) => { for (const box of fact.querySelectorAll('input')) box.checked = box.value === mark; };
          try {
            const saved = new Map(JSON.parse(localStorage.getItem(store) || '[]').map(m => [m.fact, m]));
            for (const fact of facts) {
              const mark = saved.get(fact.dataset.fact);
              if (mark && mark.text === fact.dataset.text) set(fact, mark.mark);
            }
          } catch (e) {}
          // A second click on a mark takes it away.
          for (const box of boxes) {
            box.addEventListener('click', () => {
              const fact = box.closest('.fact');
              if (fact.dataset.mark === box.value) box.checked = false;
              count(); save();
            });
          }
          main.addEventListener('click', event => {
            const button = event.target.closest('button[data-all]');
            if (!button) return;
            for (const fact of button.closest('article').querySelectorAll('.fact')) set(fact, button.dataset.all);
            count(); save();
          });
          document.querySelector('#export').addEventListener('click', () => {
            const text = JSON.stringify({review: 'percept-review-1', marks: entries()}, null, 1);
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
            link.download = 'review.json';
            document.body.append(link); link.click(); link.remove();
          });
          count();
        })();
        """
}
