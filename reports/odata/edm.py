"""The types of OData that the feed speaks; the namespace of its own."""

STRING, DATE, MOMENT = "Edm.String", "Edm.Date", "Edm.DateTimeOffset"
NUMBER, BOOLEAN = "Edm.Int64", "Edm.Boolean"
# Of the literal null, which goes with every type.
NULL = ""
NAMESPACE = "XungKichSo"
VERSION = "4.0"
