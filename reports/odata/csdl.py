"""``$metadata``: the model as CSDL XML, with the definitions of the portal beside each column."""

import io

from django.utils.xmlutils import SimplerXMLGenerator

from reports.odata.edm import NAMESPACE, VERSION
from reports.odata.functions import FUNCTIONS
from reports.odata.model import EntitySet, Property, all_sets

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/"
TERMS = {"Core": "Org.OData.Core.V1", "Capabilities": "Org.OData.Capabilities.V1"}
# What a client must not try: the answer would be 405 or 501.
CLOSED = {"InsertRestrictions": "Insertable", "UpdateRestrictions": "Updatable", "DeleteRestrictions": "Deletable"}


class Writer(SimplerXMLGenerator):
    def open(self, name: str, **attributes: str) -> None:
        self.startElement(name, attributes)  # type: ignore[arg-type]  # what it takes is a mapping

    def close(self, name: str) -> None:
        self.endElement(name)

    def empty(self, name: str, **attributes: str) -> None:
        self.addQuickElement(name, attrs=attributes)

    def annotation(self, term: str, **value: str) -> None:
        self.empty("Annotation", Term=term, **value)


def metadata() -> str:
    text = io.StringIO()
    xml, sets = Writer(text, "utf-8", short_empty_elements=True), all_sets()
    xml.startDocument()
    xml.open("edmx:Edmx", **{"xmlns:edmx": EDMX, "Version": VERSION})
    for alias, namespace in TERMS.items():
        xml.open("edmx:Reference", Uri=f"{VOCABULARIES}{namespace}.xml")
        xml.empty("edmx:Include", Namespace=namespace, Alias=alias)
        xml.close("edmx:Reference")
    xml.open("edmx:DataServices")
    xml.open("Schema", xmlns=EDM, Namespace=NAMESPACE)
    for found in sets:
        _entity_type(xml, found)
    _container(xml, sets)
    for name in ("Schema", "edmx:DataServices", "edmx:Edmx"):
        xml.close(name)
    xml.endDocument()
    return text.getvalue()


def _entity_type(xml: Writer, found: EntitySet) -> None:
    xml.open("EntityType", Name=found.type_name)
    xml.open("Key")
    xml.empty("PropertyRef", Name=found.key.name)
    xml.close("Key")
    for column in found.properties:
        _property(xml, column)
    xml.close("EntityType")


def _property(xml: Writer, column: Property) -> None:
    facets = {} if column.is_nullable else {"Nullable": "false"}
    # A moment without a precision would be of whole seconds.
    facets |= {"Precision": "6"} if column.type == "Edm.DateTimeOffset" else {}
    xml.open("Property", Name=column.name, Type=column.type, **facets)
    xml.annotation("Core.Description", String=str(column.label))
    xml.close("Property")


def _container(xml: Writer, sets: list[EntitySet]) -> None:
    xml.open("EntityContainer", Name="Container")
    for found in sets:
        xml.open("EntitySet", Name=found.name, EntityType=f"{NAMESPACE}.{found.type_name}")
        xml.annotation("Core.Description", String=str(found.label))
        for term, word in CLOSED.items():
            _record(xml, f"Capabilities.{term}", **{word: "false"})
        _record(xml, "Capabilities.ExpandRestrictions", Expandable="false")
        _record(xml, "Capabilities.SearchRestrictions", Searchable="false")
        xml.close("EntitySet")
    xml.annotation("Capabilities.BatchSupported", Bool="false")
    xml.annotation("Capabilities.AsynchronousRequestsSupported", Bool="false")
    # Power Query does by itself what is not named here.
    xml.open("Annotation", Term="Capabilities.FilterFunctions")
    xml.open("Collection")
    for name in FUNCTIONS:
        xml.addQuickElement("String", name)
    xml.close("Collection")
    xml.close("Annotation")
    xml.annotation("Core.Description", String="Xung Kích Số")
    xml.close("EntityContainer")


def _record(xml: Writer, term: str, **values: str) -> None:
    xml.open("Annotation", Term=term)
    xml.open("Record")
    for name, value in values.items():
        xml.empty("PropertyValue", Property=name, Bool=value)
    xml.close("Record")
    xml.close("Annotation")
