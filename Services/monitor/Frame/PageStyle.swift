/// Our own style on top of Bootstrap 5.2, which knows no dark mode yet.
enum PageStyle {
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f766e"/>\
        <path d="M6 17.5l5 5L21 11.5M14.500 20.5l2 2L26.500 11.5" fill="none" stroke="#fff" stroke-width="2.800" \
        stroke-linecap="round" stroke-linejoin="round"/></svg>
        """

    static let all = text + kit + ReportStyle.text

    private static let text = #"""
        :root {
          color-scheme: light dark;
          --page: #f4f6f8; --card: #ffffff; --line: #dde3e9; --text: #17212b; --quiet: #586777; --strong: #0b1218;
          --accent: #0f766e; --accent-text: #ffffff; --link: #0b6a63; --focus: #0f766e55;
          --red: #b42318; --red-soft: #fde8e6; --red-row: #fff3f2; --green: #0a6b3d; --green-soft: #dcf5e7;
          --blue: #1d4ed8; --blue-soft: #e2eafd; --amber: #8a4b08; --amber-soft: #fdf0d5; --grey-soft: #e8edf1;
          --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 1px 3px rgb(16 24 40 / 8%);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #0e141a; --card: #161e26; --line: #2a3641; --text: #dbe4ec; --quiet: #94a4b3; --strong: #ffffff;
            --accent: #2dd4bf; --accent-text: #04211e; --link: #5eead4; --focus: #2dd4bf66;
            --red: #ff9d94; --red-soft: #4a1d1a; --red-row: #2a1a1b; --green: #7be0a8; --green-soft: #123524;
            --blue: #a5c0ff; --blue-soft: #1c2b4d; --amber: #f7c877; --amber-soft: #3f2d0d; --grey-soft: #26313b;
            --shadow: none;
          }
          .form-select { background-image: url("data:image/svg+xml,%3csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3e%3cpath fill='none' stroke='%2394a4b3' stroke-linecap='round' stroke-width='2' d='m2 5 6 6 6-6'/%3e%3c/svg%3e"); }
        }
        html { -webkit-text-size-adjust: 100%; }
        body { background: var(--page); color: var(--text); font-size: 0.9375rem; min-height: 100vh; }
        a { color: var(--link); text-underline-offset: 0.15em; }
        a:hover { color: var(--strong); }
        h1 { font-size: 1.375rem; font-weight: 650; color: var(--strong); margin: 0; letter-spacing: -0.01em; }
        h2 { font-size: 1.0625rem; font-weight: 650; color: var(--strong); margin: 0; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 6px; }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 0.5rem; top: 0.5rem; background: var(--card); padding: 0.5rem 0.75rem; z-index: 10; }
        .quiet { color: var(--quiet); }
        .small { font-size: 0.8125rem; }
        .wrap { max-width: 1200px; margin: 0 auto; padding: 0 1rem; }
        .break { overflow-wrap: anywhere; }
        .number { font-variant-numeric: tabular-nums; white-space: nowrap; }

        .top { background: var(--card); border-bottom: 1px solid var(--line); }
        .top .wrap { display: flex; align-items: center; gap: 0.75rem; min-height: 3.5rem; }
        .brand { display: flex; align-items: center; gap: 0.5rem; font-weight: 700; color: var(--strong);
          text-decoration: none; }
        .brand img { width: 1.75rem; height: 1.75rem; }
        .top form { flex: none; }
        .who { margin-left: auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .sections { background: var(--card); border-bottom: 1px solid var(--line); }
        .sections .wrap { display: flex; gap: 0.25rem; overflow-x: auto; scrollbar-width: thin; }
        .sections a { padding: 0.625rem 0.75rem; color: var(--quiet); text-decoration: none; white-space: nowrap;
          border-bottom: 2px solid transparent; font-size: 0.875rem; font-weight: 550; }
        .sections a:hover { color: var(--strong); }
        .sections a[aria-current] { color: var(--strong); border-bottom-color: var(--accent); }
        main { padding: 1.25rem 0 3rem; display: block; }
        .head { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin-bottom: 1rem; }
        .head .end { margin-left: auto; }

        .panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow);
          margin-bottom: 1rem; overflow: hidden; }
        .panel > .inside { padding: 1rem; }
        .panel > h1, .panel > h2 { padding: 0.875rem 1rem; border-bottom: 1px solid var(--line); }
        .narrow { max-width: 26rem; margin: 8vh auto 0; }

        .btn { white-space: nowrap; border-radius: 8px; font-size: 0.9375rem; font-weight: 550; }
        .btn-main { background: var(--accent); color: var(--accent-text); border: 1px solid var(--accent);
          --bs-btn-hover-bg: var(--accent); --bs-btn-hover-color: var(--accent-text); --bs-btn-hover-border-color: var(--accent);
          --bs-btn-active-bg: var(--accent); --bs-btn-active-color: var(--accent-text); --bs-btn-active-border-color: var(--accent); }
        .btn-main:hover { filter: brightness(1.08); color: var(--accent-text); }
        .btn-plain { background: transparent; color: var(--text); border: 1px solid var(--line); }
        .btn-plain:hover { border-color: var(--quiet); color: var(--strong); }
        .btn[aria-disabled=true] { opacity: 0.45; pointer-events: none; }
        .form-control, .form-select { background-color: var(--card); color: var(--text); border-color: var(--line);
          border-radius: 8px; font-size: 0.9375rem; }
        .form-control:focus, .form-select:focus { background-color: var(--card); color: var(--text);
          border-color: var(--accent); box-shadow: 0 0 0 3px var(--focus); }
        .form-control::placeholder { color: var(--quiet); opacity: 0.8; }
        .form-label { font-size: 0.8125rem; color: var(--quiet); margin-bottom: 0.25rem; }
        @media (max-width: 720px) { .form-control, .form-select { font-size: 1rem; } }

        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.75rem;
          margin-bottom: 1rem; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.75rem 1rem;
          box-shadow: var(--shadow); color: inherit; }
        .tile b { display: block; font-size: 1.5rem; line-height: 1.25; font-weight: 650; color: var(--strong);
          font-variant-numeric: tabular-nums; }
        .tile.is-bad b { color: var(--red); }
        .tile.is-good b { color: var(--green); }

        .tile .change { margin-top: 0.125rem; }
        .is-better { color: var(--green); }
        .is-worse { color: var(--red); }
        .choice { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: start; margin-bottom: 0.5rem; }
        .choice nav { display: flex; gap: 0.375rem; flex-wrap: wrap; }
        .choice nav a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
        .choice summary { color: var(--link); font-size: 0.875rem; padding: 0.3rem 0; }
        .dates { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; padding: 0.25rem 0 0.5rem; }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: 0 1rem; }
        .plot { position: relative; height: 15rem; }
        .plot[hidden] { display: none; }
        .panel details > summary { color: var(--link); font-size: 0.875rem; width: max-content; }
        .export > summary { padding: 0.75rem 1rem; }
        .export .actions form { display: flex; flex-wrap: wrap; gap: 0.5rem; }
        progress { accent-color: var(--accent); width: 7rem; vertical-align: middle; }
        .scroll { max-height: 18rem; overflow: auto; }
        .actions { display: flex; flex-wrap: wrap; gap: 0.5rem; }
        td .actions { margin-top: 0.5rem; }

        .filters { display: grid; gap: 0.75rem; grid-template-columns: repeat(3, minmax(0, 1fr)) auto;
          align-items: end; }
        @media (min-width: 861px) {
          .filters:has(> .buttons:nth-child(n + 5)) { grid-template-columns: repeat(4, minmax(0, 1fr)); }
        }
        .filters .buttons { display: flex; gap: 0.5rem; }
        .filters .form-check { grid-column: 1 / -1; }
        .filters details { grid-column: 1 / -1; }
        .filters summary { color: var(--link); font-size: 0.875rem; width: max-content; }
        .filters .more { display: grid; gap: 0.75rem; grid-template-columns: repeat(3, minmax(0, 1fr)); margin-top: 0.75rem; }

        .badge-state { display: inline-flex; align-items: center; gap: 0.375em; padding: 0.2em 0.65em;
          border-radius: 999px; font-size: 0.8125rem; font-weight: 600; white-space: nowrap;
          background: var(--grey-soft); color: var(--text); }
        .is-state-green { background: var(--green-soft); color: var(--green); }
        .is-state-blue { background: var(--blue-soft); color: var(--blue); }
        .is-state-amber { background: var(--amber-soft); color: var(--amber); }
        .is-state-red { background: var(--red-soft); color: var(--red); }
        .mark-critical { background: var(--red); color: var(--card); }

        .bars { display: block; width: 100%; min-width: 8rem; height: 1.5rem; }
        .bar.is-up { fill: var(--green); } .bar.is-brief { fill: var(--amber); } .bar.is-down { fill: var(--red); }
        .bar.is-unknown { fill: var(--grey-soft); }
        .spark { display: block; width: 6rem; height: 1.5rem; margin-top: 0.25rem; }
        .spark polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; }
        .side-by-side { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-top: 1rem; }
        .is-bad-text { color: var(--red); }
        ul.spaced { list-style: none; padding: 1rem; margin: 0; display: grid; gap: 0.625rem; }

        table.list { width: 100%; border-collapse: collapse; }
        table.list th { text-align: left; font-size: 0.75rem; font-weight: 600; color: var(--quiet);
          text-transform: uppercase; letter-spacing: 0.04em; padding: 0.625rem 1rem; white-space: nowrap;
          border-bottom: 1px solid var(--line); }
        table.list td { padding: 0.75rem 1rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        table.list tbody tr:last-child td { border-bottom: 0; }
        table.list tbody tr:hover td { background: color-mix(in srgb, var(--accent) 5%, transparent); }
        tr.is-critical td { background: var(--red-row); }
        tr.is-critical td:first-child { box-shadow: inset 4px 0 0 var(--red); }
        td.error { min-width: 15rem; max-width: 26rem; }
        td a.row-link { font-weight: 600; text-decoration: none; }
        td a.row-link:hover { text-decoration: underline; }
        .is-fresh td { animation: fresh 1.6s ease-out; }
        @keyframes fresh { from { background: color-mix(in srgb, var(--accent) 26%, transparent); } }
        @media (prefers-reduced-motion: reduce) { .is-fresh td { animation: none; } }

        .empty { text-align: center; padding: 3rem 1rem; color: var(--quiet); }
        .pages { display: flex; justify-content: space-between; gap: 0.5rem; }
        .live-sign { display: inline-flex; align-items: center; gap: 0.4em; font-size: 0.8125rem; color: var(--quiet); }
        .live-sign::before { content: ""; width: 0.55em; height: 0.55em; border-radius: 50%; background: var(--quiet); }
        .live-sign.is-live { color: var(--green); }
        .live-sign.is-live::before { background: currentColor; }
        .notice { border-radius: 10px; padding: 0.75rem 1rem; margin-bottom: 1rem; background: var(--blue-soft);
          color: var(--blue); }
        .notice.is-bad { background: var(--red-soft); color: var(--red); }
        .notice p { margin: 0.25rem 0 0; }

        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 42%), 1fr)); gap: 0.875rem 1.25rem;
          margin: 0; }
        .facts dt { font-size: 0.8125rem; color: var(--quiet); font-weight: 500; }
        .facts dd { margin: 0; overflow-wrap: anywhere; }
        .facts dd .number { white-space: normal; }
        .facts > :has(code) { grid-column: span 2; }
        .steps { list-style: none; margin: 0; padding: 0; }
        .steps li { position: relative; padding: 0 0 1.125rem 1.75rem; }
        .steps li::before { content: ""; position: absolute; left: 0.3rem; top: 0.3rem; width: 0.75rem; height: 0.75rem;
          border-radius: 50%; background: var(--quiet); }
        .steps li::after { content: ""; position: absolute; left: 0.625rem; top: 1.2rem; bottom: -0.15rem; width: 2px;
          background: var(--line); }
        .steps li:last-child { padding-bottom: 0; }
        .steps li:last-child::after { display: none; }
        .steps .is-green::before { background: var(--green); }
        .steps .is-blue::before { background: var(--blue); }
        .steps .is-amber::before { background: var(--amber); }
        .steps .is-red::before { background: var(--red); }
        meter.use { width: 6rem; height: 0.6rem; vertical-align: middle; }
        .cause { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; justify-content: space-between; align-items: center;
          padding: 0.875rem 1rem; border-bottom: 1px solid var(--line); }
        .cause:last-child { border-bottom: 0; }
        .cause > :first-child { flex: 1 1 20rem; min-width: 0; }
        .cause .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
        .cause.is-critical { background: var(--red-row); box-shadow: inset 4px 0 0 var(--red); }
        .alert-item { padding: 0.875rem 1rem; border-bottom: 1px solid var(--line); border-left: 4px solid var(--amber); }
        .alert-item.is-critical { border-left-color: var(--red); }
        .alert-item:last-child { border-bottom: 0; border-bottom-left-radius: 12px; }
        .alert-item pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0.25rem 0 0; }
        .alert-row { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: flex-start; justify-content: space-between; }
        .alert-row > div { min-width: 0; flex: 1 1 16rem; }
        .alert-row .row-link { font-weight: 600; text-decoration: none; overflow-wrap: anywhere; }
        .alert-row .row-link:hover { text-decoration: underline; }
        .alert-row .badge-state { white-space: normal; }
        .alert-item.is-under { margin-left: 1.5rem; border-left-color: var(--line); }
        .alert-item.is-over { border-left-color: var(--line); }
        .acts { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; margin-bottom: 0.75rem; }
        .acts form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
        .keep-lines { white-space: pre-line; }
        .who-did { min-width: 13rem; }
        .rule-fields { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); }
        .is-wrong { color: var(--red); margin-top: 0.25rem; }
        .curve { display: block; width: 100%; height: auto; }
        .curve-line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
        .curve-bar { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: 6 5; }
        .count { display: inline-block; min-width: 1.25rem; padding: 0 0.375rem; border-radius: 999px; background: var(--red);
          color: var(--card); font-size: 0.75rem; font-weight: 650; text-align: center; }
        .or { display: flex; align-items: center; gap: 0.75rem; color: var(--quiet); margin: 1.25rem 0; }
        .or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }

        @media (max-width: 860px) {
          table.list, table.list tbody { display: block; }
          table.list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table.list tr { display: grid; grid-template-columns: 1fr auto; gap: 0.25rem 0.75rem; padding: 0.875rem 1rem;
            border-bottom: 1px solid var(--line); }
          table.list tbody tr:last-child { border-bottom: 0; }
          table.list td { display: block; padding: 0; border: 0; min-width: 0; }
          table.list td.whole, td.error { grid-column: 1 / -1; max-width: none; min-width: 0; }
          table.list td.end { text-align: right; }
          table.list td:empty { display: none; }
          table.list td[data-label]::before { content: attr(data-label) " "; color: var(--quiet);
            font-size: 0.8125rem; }
          tr.is-critical { background: var(--red-row); box-shadow: inset 4px 0 0 var(--red); }
          tr.is-critical td, tr.is-critical td:first-child { background: none; box-shadow: none; }
          .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.5rem; }
          .tile { padding: 0.5rem 0.625rem; }
          .tile b { font-size: 1.1875rem; }
          td.error { order: 1; }
          .filters, .filters .more { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .filters > :first-child { grid-column: 1 / -1; }
          .filters .buttons { grid-column: 1 / -1; order: 1; }
          .filters .buttons .btn { flex: 1; }
          .filters > :has([type=date], [type=email], #severity_min) { grid-column: 1 / -1; }
          main { padding-top: 1rem; }
        }
        @media print { .top, .filters, .pages, .live-sign { display: none; } body { background: #fff; } }

        """#
}
