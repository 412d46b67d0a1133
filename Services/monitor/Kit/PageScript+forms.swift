extension PageScript {
    /// Notices, previews while one types, times in the reader's own zone.
    static let forms = #"""
        (() => {
          "use strict";
          // A notice is said once: whoever loads the page again has not done it again.
          const here = new URL(location.href);
          if (here.searchParams.has("done")) {
            here.searchParams.delete("done");
            history.replaceState(null, "", here);
          }

          // Elsewhere on the page, or with Escape, the menu closes.
          const menu = document.querySelector("details.menu");
          if (menu) {
            document.addEventListener("click", (event) => {
              if (!menu.contains(event.target)) menu.open = false;
            });
            menu.addEventListener("keydown", (event) => {
              if (event.key !== "Escape") return;
              menu.open = false;
              menu.querySelector("summary").focus();
            });
          }

          // The server reads moments in UTC; people read and write them in their own time.
          const digits = (number) => String(number).padStart(2, "0");
          for (const input of document.querySelectorAll("input[type=datetime-local][data-utc]")) {
            const label = input.form && input.form.querySelector(`label[for="${CSS.escape(input.id)}"]`);
            if (label && label.firstChild) label.firstChild.textContent = label.firstChild.textContent.replace(" (UTC)", " (your time)");
            if (input.value) {
              const moment = new Date(input.value + "Z");
              if (!Number.isNaN(moment.valueOf())) {
                input.value = `${moment.getFullYear()}-${digits(moment.getMonth() + 1)}-${digits(moment.getDate())}T${digits(moment.getHours())}:${digits(moment.getMinutes())}`;
              }
            }
            input.form.addEventListener("formdata", (event) => {
              const moment = new Date(input.value);
              if (input.value && !Number.isNaN(moment.valueOf())) event.formData.set(input.name, moment.toISOString().slice(0, 16));
            });
          }

          // What is shown beside a form, or depends on what stands in it, follows while one types.
          for (const form of document.querySelectorAll("form[data-previews]")) {
            let waiting = 0;
            let asked = 0;
            const ask = async () => {
              const own = ++asked;
              const fields = new URLSearchParams(new FormData(form));
              const isPost = form.method === "post";
              const answer = await fetch(
                isPost ? form.dataset.previews : form.dataset.previews + "?" + fields,
                isPost ? { method: "POST", body: fields } : {},
              ).catch(() => null);
              if (!answer || answer.redirected || own !== asked) return;
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              for (const next of page.querySelectorAll("[data-preview]")) {
                const shown = document.querySelector(`[data-preview="${CSS.escape(next.dataset.preview)}"]`);
                if (!shown || next.dataset.version !== undefined && next.dataset.version === shown.dataset.version) continue;
                if (!shown.contains(document.activeElement)) shown.replaceWith(next);
              }
            };
            form.addEventListener("input", () => {
              clearTimeout(waiting);
              waiting = setTimeout(ask, 300);
            });
          }
        })();

        """#
}
