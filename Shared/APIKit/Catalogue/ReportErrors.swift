extension Catalogue {
    static let reportErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "period_invalid", 422, cause: "The days of a report end before they begin, or are too many.",
            remedy: "Give `from` and `to` as days, in their order, with at most 366 days."),
    ]
}
