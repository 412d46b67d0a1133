extension Catalogue {
    static let costErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "estimate_category_missing", 422, cause: "An estimate needs to know what is sent, once.",
            remedy: "Give either `template` or `category`."),
        CatalogueEntry(
            "estimate_recipients_missing", 422, cause: "An estimate needs to know to whom, once.",
            remedy: "Give either `recipients` or `countries`."),
        CatalogueEntry(
            "estimate_country_invalid", 422, cause: "An entry of `countries` is no country with a number of messages.",
            remedy: "Write two capital letters and a whole number: `{\"IT\": 1200}`."),
        CatalogueEntry(
            "estimate_too_large", 422, cause: "More recipients or countries than one estimate takes.",
            remedy: "For many recipients give `countries` with how many messages go to each."),
        CatalogueEntry(
            "rate_card_not_found", 404, cause: "There is no price list with this id.", remedy: "`GET /v1/rate-cards` lists them."),
        CatalogueEntry(
            "rate_card_malformed", 422, cause: "The body is not a price list in CSV as Meta publishes it.",
            remedy: "Its first row names the columns: Market, Currency, Marketing, Utility, Authentication, Authentication-International, Service. `detail` names the row."),
        CatalogueEntry(
            "valid_from_missing", 422, cause: "A price list needs the day from which it holds.",
            remedy: "Add `?valid_from=2027-01-01`."),
        CatalogueEntry(
            "dry_run_invalid", 422, cause: "`dry_run` is neither true nor false.",
            remedy: "Leave it out, or write `?dry_run=true` to see only what would change."),
    ]
}
