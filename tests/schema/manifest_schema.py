"""The JSON Schema of the manifest against the corpus that the parser is tested with.

Usage: manifest_schema.py PRINTER GOOD_FOLDER BAD_FOLDER

Editors complete by this schema, so it must accept every manifest that the parser reads, and refuse those
whose fault is of structure: an unknown or missing key, a wrong type, a value out of range.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

# Faults that no schema can see: of the text itself, or between places that lie apart.
OUT_OF_REACH = {
    "bad_address", "bad_address_url", "bad_template_brace", "bad_template_empty", "bad_template_no_path",
    "bad_template_port", "bad_template_reference", "changing_header", "duplicate_asset", "duplicate_edge",
    "duplicate_key", "duplicate_tenant", "duration_out_of_range", "http3_tenant_without_tls", "http3_through_a_proxy",
    "http3_without_tls", "literal_secret", "literal_secret_in_header", "name_with_control", "no_truth", "regex_as_glob", "tag", "template_edge_attribute", "template_path_by_region",
    "tenant_bad_host", "tenant_without_attribute", "tenants_twice", "two_secret_places", "unclosed_glob",
}


class Yaml12Loader(yaml.SafeLoader):
    """YAML 1.2 as the parser reads it: only true and false are booleans, and no text is a date."""


Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def load(path):
    """The document, or None where it is no single YAML document."""
    try:
        documents = list(yaml.load_all(path.read_bytes(), Loader=Yaml12Loader))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return None
    return documents[0] if len(documents) == 1 else None


def main(printer, good, bad):
    schema = json.loads(subprocess.run([printer], check=True, capture_output=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = []
    accepted = refused = 0
    for path in sorted(Path(good).glob("*.yaml")):
        accepted += 1
        wrong += [f"{path.name}: refused: {error.json_path}: {error.message}"
                  for error in validator.iter_errors(load(path))]
    for path in sorted(Path(bad).glob("*.yaml")):
        document = load(path)
        if document is None:
            continue
        is_valid = validator.is_valid(document)
        if is_valid and path.stem not in OUT_OF_REACH:
            wrong.append(f"{path.name}: accepted, and its fault is one of structure")
        elif not is_valid and path.stem in OUT_OF_REACH:
            wrong.append(f"{path.name}: refused; take it off the list of what no schema can see")
        refused += not is_valid
    if accepted < 4 or refused < 15:
        wrong.append(f"only {accepted} good and {refused} bad manifests were tried")
    print("\n".join(wrong) or f"{accepted} good manifests accepted, {refused} bad ones refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
