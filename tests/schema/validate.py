"""Holds what the renderers wrote against the published JSON Schemas.

    validate.py SCHEMA.json SAMPLE...      .jsonl samples are validated line by line
    validate.py --refuse SCHEMA.json ...   each sample must be refused: a schema that lets all through proves nothing
"""

import json
import sys

import jsonschema


def documents(path):
    with open(path, encoding="utf-8") as file:
        if path.endswith(".jsonl"):
            for number, line in enumerate(file, 1):
                yield "%s:%d" % (path, number), json.loads(line)
        else:
            yield path, json.load(file)


def main(arguments):
    refuse = arguments[:1] == ["--refuse"]
    schema_path, *samples = arguments[1:] if refuse else arguments
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    count, wrong = 0, 0
    for sample in samples:
        for place, document in documents(sample):
            count += 1
            errors = list(validator.iter_errors(document))
            if bool(errors) != refuse:
                wrong += 1
                best = jsonschema.exceptions.best_match(errors) if errors else None
                print("%s: %s" % (place, "%s at %s" % (best.message, best.json_path) if best else "not refused"))
    print("%d documents, %d wrong" % (count, wrong))
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
