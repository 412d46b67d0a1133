extension PageStyle {
    /// Forms, cards, and the other pieces that pages of a business are made of.
    static let kit = #"""
        h3 { font-size: 0.9375rem; font-weight: 650; color: var(--strong); margin: 0; }
        .trail { margin: 0 0 0.5rem; font-size: 0.875rem; }
        .actions { display: flex; flex-wrap: wrap; gap: 0.5rem; }
        .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
        form .buttons, .empty .buttons { margin-top: 1rem; }
        .empty .buttons { justify-content: center; }
        .empty-title { font-size: 1.0625rem; font-weight: 650; color: var(--strong); margin: 0 0 0.25rem; }
        .empty p { max-width: 34rem; margin-left: auto; margin-right: auto; }
        form.inline { display: inline; }
        .scrolls { overflow-x: auto; }
        .pages .end { margin-left: auto; }
        .notice.is-good { background: var(--green-soft); color: var(--green); }
        .notice a { color: inherit; }
        .notice p.mt-0 { margin-top: 0; }
        .errors { margin: 0.25rem 0 0; padding-left: 1.25rem; }
        .errors.small { color: var(--red); }
        .btn-danger { background: var(--red); color: var(--card); border: 1px solid var(--red); }
        .btn-danger:hover { filter: brightness(1.08); color: var(--card); }

        .fields { display: grid; gap: 1rem 1.25rem; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
        .fields.is-narrow { grid-template-columns: minmax(0, 1fr); gap: 0.625rem; }
        .fields:empty { display: none; }
        .fields + .fields { margin-top: 1rem; }
        .fields > .wide { grid-column: 1 / -1; }
        .form-part { border-top: 1px solid var(--line); padding-top: 1rem; }
        .fields > .form-part:first-child { border-top: 0; padding-top: 0; }
        .hint { font-size: 0.8125rem; color: var(--quiet); margin: 0.25rem 0 0; }
        .optional { color: var(--quiet); font-weight: 400; font-size: 0.75rem; }
        .optional::before { content: "· "; }
        .fields .form-label { color: var(--text); font-weight: 550; }
        .field-error { color: var(--red); font-size: 0.8125rem; font-weight: 550; margin: 0.25rem 0 0; }
        [aria-invalid=true] { border-color: var(--red); }
        textarea.form-control { min-height: 5rem; }
        .form-control[type=file]::file-selector-button { background: var(--grey-soft); color: var(--text); }
        .check { display: grid; grid-template-columns: auto 1fr; gap: 0 0.625rem; align-items: start; }
        .form-check-input { background-color: var(--card); border: 1px solid var(--quiet); }
        .check .form-check-input { width: 1.25rem; height: 1.25rem; margin: 0.125rem 0 0; }
        .form-check-input:checked { background-color: var(--accent); border-color: var(--accent); }
        .check .hint, .check .field-error { grid-column: 2; }
        .narrow-form { max-width: 38rem; }
        .kit-filters { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
          align-items: end; }
        .kit-filters .buttons { margin-top: 0; }

        .tabs { display: flex; gap: 0.375rem; overflow-x: auto; margin-bottom: 1rem; scrollbar-width: thin;
          padding-bottom: 2px; }
        .tabs a { padding: 0.4rem 0.8rem; border-radius: 999px; border: 1px solid var(--line); background: var(--card);
          color: var(--text); text-decoration: none; white-space: nowrap; font-size: 0.875rem; font-weight: 550; }
        .tabs a:hover { border-color: var(--quiet); color: var(--strong); }
        .tabs a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
        .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
        .cards .panel { background: var(--card); border-color: var(--line); color: inherit; margin: 0; }
        .cards .inside { display: flex; flex-direction: column; height: 100%; gap: 0.5rem; }
        .cards .inside > p { margin: 0; }
        .cards .inside > .buttons { margin-top: auto; }
        .split { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) minmax(17rem, 22rem); align-items: start; }
        .split > .aside { position: sticky; top: 1rem; }
        .secret { font-size: 1.0625rem; background: var(--grey-soft); border-radius: 8px; padding: 0.75rem 1rem; }
        code { color: inherit; background: var(--grey-soft); border-radius: 4px; padding: 0.1em 0.35em; font-size: 0.9em; }
        .secret code { background: none; padding: 0; overflow-wrap: anywhere; }
        progress.bar { width: 6rem; height: 0.5rem; vertical-align: middle; appearance: none; border: 0; border-radius: 4px;
          overflow: hidden; background: var(--grey-soft); }
        progress.bar::-webkit-progress-bar { background: var(--grey-soft); }
        progress.bar::-webkit-progress-value { background: var(--accent); }
        progress.bar::-moz-progress-bar { background: var(--accent); }

        .phone { background: #e5ddd5; border-radius: 12px; padding: 0.875rem; color: #111b21; }
        .bubble { background: #fff; border-radius: 0 10px 10px 10px; padding: 0.5rem 0.625rem; box-shadow: 0 1px 1px rgb(0 0 0 / 14%);
          overflow-wrap: anywhere; font-size: 0.9375rem; }
        .bubble p { margin: 0; }
        .bubble-header { font-weight: 650; margin-bottom: 0.25rem !important; }
        .bubble-media { background: #e9edef; border-radius: 6px; padding: 1.5rem 0.5rem; text-align: center; color: #3b4a54;
          margin-bottom: 0.375rem !important; }
        .bubble-body { white-space: pre-wrap; }
        .bubble-footer { color: #54656f; font-size: 0.8125rem; margin-top: 0.375rem !important; }
        .bubble-buttons { list-style: none; margin: 0.25rem 0 0; padding: 0; display: grid; gap: 0.25rem; }
        .bubble-buttons li { background: #fff; border-radius: 8px; padding: 0.5rem; text-align: center; color: #0a6ea3;
          font-weight: 550; font-size: 0.875rem; overflow-wrap: anywhere; }
        @media (prefers-color-scheme: dark) {
          .phone { background: #0b141a; color: #e9edef; }
          .bubble, .bubble-buttons li { background: #1f2c34; }
          .bubble-media { background: #2a3942; color: #d1d7db; }
          .bubble-footer { color: #aebac1; }
          .bubble-buttons li { color: #7cd0ff; }
        }

        .badges { display: flex; flex-wrap: wrap; gap: 0.25rem; }
        pre.data { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: 0.875rem; }
        .chat { background: #e5ddd5; display: flex; flex-direction: column; gap: 0.625rem; max-height: 70vh; overflow-y: auto; }
        .turn { max-width: min(34rem, 85%); }
        .turn.is-out { align-self: flex-end; text-align: right; }
        .turn .bubble { display: inline-block; text-align: left; color: #111b21; }
        .turn.is-in .bubble { border-radius: 0 10px 10px 10px; }
        .turn.is-out .bubble { background: #d9fdd3; border-radius: 10px 0 10px 10px; }
        .chat .quiet, .chat a { color: #3b4a54; }
        .progress-line { display: flex; align-items: center; gap: 0.75rem; margin-bottom: 1rem; }
        .progress-bar-svg { flex: 1; height: 1.25rem; border-radius: 8px; background: var(--grey-soft); min-width: 0; }
        .part-green { fill: #15803d; } .part-teal { fill: #14b8a6; } .part-blue { fill: #60a5fa; }
        .part-amber { fill: #f59e0b; } .part-red { fill: #dc2626; } .part-grey { fill: #cbd5e1; } .part-none { fill: #64748b; }
        @media (prefers-color-scheme: dark) {
          .chat { background: #0b141a; }
          .turn .bubble { color: #e9edef; }
          .turn.is-out .bubble { background: #005c4b; }
          .chat .quiet, .chat a { color: #aebac1; }
          .part-grey { fill: #475569; }
        }

        .menu { display: none; }
        @media (max-width: 860px) {
          .sections, .top .who, .top .leave { display: none; }
          .menu { display: block; margin-left: auto; }
          .menu summary { list-style: none; display: flex; align-items: center; gap: 0.5rem; min-height: 2.75rem;
            padding: 0 0.875rem; border: 1px solid var(--line); border-radius: 8px; font-weight: 600; cursor: pointer; }
          .menu summary::-webkit-details-marker { display: none; }
          .menu summary::after { content: ""; width: 0.9rem; height: 0.6rem; border-top: 2px solid; border-bottom: 2px solid;
            box-shadow: 0 0.2rem 0 -0.1rem currentColor inset; }
          .menu nav { position: absolute; left: 0; right: 0; z-index: 5; background: var(--card); border-bottom: 1px solid var(--line);
            box-shadow: 0 12px 24px rgb(0 0 0 / 18%); padding: 0.5rem 1rem 1rem; display: grid;
            grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.375rem; margin-top: 0.375rem; }
          .menu nav a { display: flex; align-items: center; min-height: 2.75rem; padding: 0 0.75rem; border-radius: 8px;
            color: var(--text); text-decoration: none; font-weight: 550; min-width: 0; overflow-wrap: anywhere; }
          .menu nav a[aria-current] { background: var(--accent); color: var(--accent-text); }
          .menu-end { grid-column: 1 / -1; border-top: 1px solid var(--line); padding-top: 0.5rem; display: flex;
            align-items: center; justify-content: space-between; gap: 0.5rem; }
          .split { grid-template-columns: minmax(0, 1fr); }
          .split > .aside { position: static; }
          .kit-filters { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .kit-filters > :first-child, .kit-filters .buttons { grid-column: 1 / -1; }
          .head .actions { margin-left: 0; width: 100%; }
        }
        @media (max-width: 560px) {
          .fields { grid-template-columns: minmax(0, 1fr); }
          .btn { min-height: 2.75rem; display: inline-flex; align-items: center; justify-content: center; }
          .btn-sm { min-height: 2.25rem; }
          .tabs a { padding: 0.625rem 0.9rem; }
          form .buttons > .btn, .narrow-form .buttons > .btn { flex: 1; }
        }

        """#
}
