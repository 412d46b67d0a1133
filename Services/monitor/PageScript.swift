/// All the JavaScript there is. Every page works without it; with it, times are local and pages are live.
enum PageScript {
    static let text = #"""
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
              const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
              if (answer.redirected) return location.reload();
              if (!answer.ok) return;
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              const fresh = page.querySelector("[data-live]");
              if (!fresh) return;
              localise(fresh);
              takeOver(fresh);
            } catch {
              // The connection is away; the stream will say when it is back.
            } finally {
              setTimeout(() => {
                isAsking = false;
                if (isStale) refresh();
              }, 500);
            }
          };

          const show = (isLive) => {
            if (!sign) return;
            sign.hidden = false;
            sign.classList.toggle("is-live", isLive);
            sign.textContent = isLive ? "Live" : "Reconnecting…";
          };
          const source = new EventSource("/dashboard/events");
          let wasAway = false;
          source.addEventListener("open", () => {
            show(true);
            if (wasAway) refresh();
            wasAway = false;
          });
          source.addEventListener("error", () => {
            show(false);
            wasAway = true;
          });
          source.addEventListener("changed", refresh);
          document.addEventListener("visibilitychange", () => {
            if (!document.hidden && isStale) refresh();
          });
        })();

        """#
}
