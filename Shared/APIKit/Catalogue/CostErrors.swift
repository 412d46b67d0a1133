extension Catalogue {
    static let costErrors: [CatalogueEntry] = []
}
