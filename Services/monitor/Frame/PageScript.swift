/// All the JavaScript there is. Every page works without it; with it, times are local and pages are live.
enum PageScript {
    static let all = forms + text

    private static let text = #"""
        (() => {
          "use strict";
          const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
          const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
          const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

          const localise = (root) => {
            for (const time of root.querySelectorAll("time[datetime]")) {
              const moment = new Date(time.dateTime);
              if (Number.isNaN(moment.valueOf())) continue;
              const isToday = moment.toDateString() === new Date().toDateString();
              time.textContent = (isToday ? "" : day.format(moment) + ", ") + clock.format(moment);
              time.title = whole.format(moment);
            }
          };
          localise(document);

          // The key comes behind the # of a link, which browsers never send anywhere, and goes on as a form.
          const keyForm = document.querySelector("form[data-key-form]");
          const key = /^#key=(tdg_[A-Za-z0-9_-]+)$/.exec(location.hash);
          if (keyForm && key) {
            history.replaceState(null, "", location.pathname);
            keyForm.elements.key.value = key[1];
            keyForm.submit();
          }

          for (const select of document.querySelectorAll("select[data-submits]")) {
            select.addEventListener("change", () => select.form.requestSubmit());
          }

          // Charts come as data beside a table; Chart.js is fetched only where there is one, and draws in our colours.
          const own = document.currentScript.src;
          let library = null;
          const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
          const drawn = [];
          const draw = (plot) => {
            const data = JSON.parse(plot.dataset.chart);
            const label = new Intl.DateTimeFormat(undefined, data.hourly
              ? { weekday: "short", hour: "2-digit", minute: "2-digit" }
              : { day: "numeric", month: "short", timeZone: "UTC" });
            const canvas = document.createElement("canvas");
            canvas.setAttribute("role", "img");
            canvas.setAttribute("aria-label", plot.dataset.title);
            plot.replaceChildren(canvas);
            plot.hidden = false;
            const table = plot.parentElement.querySelector("details");
            if (table && !table.dataset.touched) table.open = false;
            const axis = { grid: { color: colour("line") }, ticks: { color: colour("quiet"), maxRotation: 0, precision: 0 } };
            const chart = new window.Chart(canvas, {
              type: "bar",
              data: {
                labels: data.times.map((time) => label.format(new Date(time))),
                datasets: data.series.map((series) => ({
                  type: series.line ? "line" : "bar", label: series.name, data: series.values,
                  stack: series.line ? series.name : "bars", borderColor: colour(series.colour),
                  backgroundColor: colour(series.colour), borderWidth: series.line ? 1.5 : 0, pointRadius: 0, pointHitRadius: 8,
                  borderRadius: 2, order: series.line ? 0 : 1,
                })),
              },
              options: {
                animation: false, maintainAspectRatio: false, interaction: { mode: "index", intersect: false },
                plugins: { legend: { position: "bottom", labels: { color: colour("text"), boxWidth: 12, boxHeight: 12 } } },
                scales: { x: { ...axis, stacked: true, grid: { display: false } }, y: { ...axis, stacked: true, beginAtZero: true } },
              },
            });
            drawn.push({ plot, chart });
          };
          const drawAll = (root) => {
            const plots = root.querySelectorAll("[data-chart]");
            if (plots.length === 0) return;
            for (const { plot, chart } of drawn.splice(0)) {
              if (plot.isConnected && !root.contains(plot)) drawn.push({ plot, chart });
              else chart.destroy();
            }
            library ??= new Promise((done, fail) => {
              const script = document.createElement("script");
              script.src = own.replace("tidings.js", "chart.min.js");
              script.addEventListener("load", done);
              script.addEventListener("error", fail);
              document.head.append(script);
            });
            library.then(() => plots.forEach(draw), () => {});
          };
          drawAll(document);
          matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));

          // Live: when something of this tenant changed, the page asks for itself again and takes over what differs.
          const live = document.querySelector("[data-live]");
          if (!live || !window.EventSource) return;
          const sign = document.querySelector("[data-live-sign]");
          let isAsking = false;
          let isStale = false;

          const takeOver = (fresh) => {
            for (const next of fresh.querySelectorAll("[data-piece]")) {
              const shown = live.querySelector(`[data-piece="${CSS.escape(next.dataset.piece)}"]`);
              if (!shown || shown.dataset.version === next.dataset.version && next.dataset.version) continue;
              if (next.dataset.rows === undefined) {
                shown.replaceWith(next);
                drawAll(next);
                continue;
              }
              const known = new Map([...shown.children].map((row) => [row.id, row]));
              const focused = document.activeElement && document.activeElement.closest("[id]");
              const rows = [...next.children].map((row) => {
                const old = known.get(row.id);
                if (old && old.dataset.version === row.dataset.version) return old;
                row.classList.add("is-fresh");
                return row;
              });
              shown.replaceChildren(...rows);
              if (focused && focused.id && !focused.isConnected) {
                const again = document.getElementById(focused.id);
                if (again) (again.querySelector("a") || again).focus();
              }
            }
          };

          const refresh = async () => {
            if (document.hidden || isAsking) {
              isStale = true;
              return;
            }
            isAsking = true;
            isStale = false;
            try {
              const answer = await fetch(live.dataset.live || location.href, { headers: { Accept: "text/html", "Tidings-Live": "1" } });
              if (answer.redirected) return location.reload();
              if (!answer.ok) return;
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              const fresh = page.querySelector("[data-live]");
              if (!fresh) return;
              localise(fresh);
              takeOver(fresh);
              if (fresh.dataset.liveEvery === undefined) clearInterval(ticking);
            } catch {
              // The connection is away; the stream will say when it is back.
            } finally {
              setTimeout(() => {
                isAsking = false;
                if (isStale) refresh();
              }, 500);
            }
          };

          // What another copy of the service works on is not told here: while it is open, ask.
          setInterval(() => {
            if (live.querySelector("[data-open]")) refresh();
          }, 2000);

          const show = (isLive) => {
            if (!sign) return;
            sign.hidden = false;
            sign.classList.toggle("is-live", isLive);
            sign.textContent = isLive ? "Live" : "Reconnecting…";
          };
          const source = new EventSource(live.dataset.events || "/dashboard/events");
          // What happened before the stream was open, after the page was made or while it was away, nobody told.
          source.addEventListener("open", () => {
            show(true);
            refresh();
          });
          source.addEventListener("error", () => show(false));
          source.addEventListener("changed", refresh);
          // What moves on by itself, such as a broadcast that ends, is asked for until a fresh page says that it rests.
          const ticking = live.dataset.liveEvery ? setInterval(() => refresh(), 1000 * live.dataset.liveEvery) : 0;
          document.addEventListener("visibilitychange", () => {
            if (!document.hidden && isStale) refresh();
          });
        })();

        """#
}
