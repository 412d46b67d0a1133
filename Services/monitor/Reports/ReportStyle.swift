/// How reports and proofs look, on the screen and on A4 paper.
enum ReportStyle {
    static let text = """

        .table { color: inherit; border-color: var(--line); --bs-table-color: inherit; }
        .report-head { margin-bottom: 1rem; }
        .report-head p { margin: 0.125rem 0; }
        .report-whose { font-size: 1.0625rem; font-weight: 600; color: var(--strong); }
        .report-figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr));
          gap: 1rem 1.5rem; margin: 0; padding: 0.75rem 1rem 1rem; }
        .report-figures dt { font-weight: 550; }
        .report-figures dd { margin: 0; }
        .report-value { font-size: 1.0625rem; font-weight: 650; color: var(--strong); font-variant-numeric: tabular-nums; }
        .report-table { padding: 0.25rem 1rem 0.75rem; }
        .report-table h3 { font-size: 0.9375rem; font-weight: 650; margin: 0.5rem 0 0; color: var(--strong); }
        .report-table p { margin: 0 0 0.375rem; }
        .proof-line { font-family: ui-monospace, monospace; font-size: 0.75rem; overflow-wrap: anywhere; }

        @page { size: A4; margin: 16mm 14mm; }
        @media print {
          :root { color-scheme: light; --page: #ffffff; --card: #ffffff; --line: #999999; --text: #000000; --quiet: #333333;
            --strong: #000000; --link: #000000; --shadow: none; }
          body { background: #ffffff; font-size: 9.5pt; }
          .top, .sections, .skip, .on-screen, .btn, form { display: none; }
          main, .wrap { padding: 0; max-width: none; }
          .panel { border: 0; border-top: 1px solid #999999; border-radius: 0; box-shadow: none; }
          .panel > h2, .report-table { padding-left: 0; padding-right: 0; border: 0; }
          .report-figures { grid-template-columns: 1fr 1fr; gap: 3mm 6mm; padding: 2mm 0; }
          .report-figures > div, .report-table tr { break-inside: avoid; }
          .report-section h2, .report-table h3 { break-after: avoid; }
          .report-table { padding-top: 1mm; padding-bottom: 3mm; }
          .table-responsive { overflow: visible; }
          .table thead { display: table-header-group; }
          a { text-decoration: none; }
        }
        """
}
