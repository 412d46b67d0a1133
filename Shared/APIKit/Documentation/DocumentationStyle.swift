/// The page's own style: nothing comes from elsewhere.
enum DocumentationStyle {
    static let text = """
        :root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6b7b; --line: #dde4ea; --ground: #fff;
          --tint: #f4f7f9; --accent: #0b6e4f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4eaf0; --soft: #9aabba; --line: #2c3844;
          --ground: #141b22; --tint: #1b242d; --accent: #5fd0a5; } }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 4rem; }
        body { margin: 0; color: var(--ink); background: var(--ground);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        a { color: var(--accent); text-decoration: none; }
        a:hover, a:focus { text-decoration: underline; }
        header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0 1.5rem;
          justify-content: space-between; padding: .6rem 1.2rem; background: var(--ground);
          border-bottom: 1px solid var(--line); }
        header p { margin: 0; } header .name { font-weight: 650; } header span { color: var(--soft); font-weight: 400; }
        header a + a { margin-left: 1rem; }
        .frame { display: grid; grid-template-columns: 18rem minmax(0, 1fr); max-width: 82rem; margin: 0 auto; }
        nav { position: sticky; top: 3rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto;
          padding: 1.2rem; font-size: .875rem; border-right: 1px solid var(--line); }
        nav summary { display: none; }
        nav ul { list-style: none; margin: 0; padding: 0; } nav ul ul { margin: .2rem 0 .9rem; }
        nav > details > ul > li > a { font-weight: 650; color: var(--ink); }
        nav li li { padding: .12rem 0; } nav li li a { color: var(--soft); }
        main { padding: 1.2rem 2rem 4rem; min-width: 0; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: .4rem 0 1rem; }
        h2 { font-size: 1.35rem; margin: 2.6rem 0 .4rem; padding-top: .6rem; border-top: 1px solid var(--line); }
        h3 { font-size: 1.05rem; margin: 0 0 .3rem; } section > h3 { margin-top: 1.6rem; }
        h4 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--soft); margin: 1rem 0 .3rem; }
        article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.2rem; margin: 1rem 0; }
        article p { margin: .4rem 0; }
        code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        code { overflow-wrap: anywhere; }
        pre { background: var(--tint); border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; }
        .m { display: inline-block; min-width: 3.6em; padding: 0 .35em; border-radius: .25rem; text-align: center;
          font: 600 .7rem/1.5 ui-monospace, monospace; color: #fff; background: #51606e; }
        .m.get { background: #1d63a8; } .m.post { background: #0b6e4f; } .m.patch { background: #8a5a00; }
        .m.put { background: #8a5a00; } .m.delete { background: #a8322d; }
        .address { font-size: 1.02rem; } .scope { color: var(--soft); font-size: .875rem; }
        dl { margin: .3rem 0; display: grid; grid-template-columns: minmax(7rem, 14rem) minmax(0, 1fr); }
        dt, dd { margin: 0; padding: .35rem 0; border-top: 1px solid var(--line); min-width: 0; }
        dt { padding-right: 1rem; overflow-wrap: anywhere; } dd dl { margin-left: .2rem; }
        .type { color: var(--soft); font-size: .9em; } .must { color: #a8322d; } small { color: var(--soft); }
        .s2 code { color: var(--accent); } .s4 code, .s5 code { color: #a8322d; }
        @media (prefers-color-scheme: dark) { .must, .s4 code, .s5 code { color: #f0908b; } }
        summary { cursor: pointer; padding: .4rem 0; }
        :target { outline: 2px solid var(--accent); outline-offset: .3rem; }
        @media (max-width: 52rem) {
          .frame { display: block; } header { position: static; padding: .6rem 1rem; }
          nav { position: static; max-height: 22rem; border-right: 0; border-bottom: 1px solid var(--line); padding: .6rem 1rem; }
          main { padding: 1rem 1rem 3rem; } article { padding: .8rem .9rem; }
          dl { display: block; } dd { border-top: 0; padding: 0 0 .5rem .9rem; } dt { padding-bottom: 0; }
        }
        """
}
