// Readers of those values of a workflow that are no plain scalars. Found by their argument types from the binder's
// templates (manifest/bind.h), so they stand in the namespace of what they read.
#pragma once

#include <optional>

#include "manifest/bind.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

using manifest::Binder;
using manifest::Shape;
using manifest::YamlNode;

bool read(Binder& binder, const YamlNode& node, const Shape& shape, Template& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Template>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Content>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Expression>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Rollback>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, Word& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, Output& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, StepSecret& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, MatrixAxis& out);
void bind_version(Binder& binder, const YamlNode& node, const Shape& shape, Workflow& out);

// {manifest: FILE}, of a matrix; its owner is a Template.
[[nodiscard]] const manifest::Table& matrix_source_table();
[[nodiscard]] const manifest::Table& rollback_table();
[[nodiscard]] const manifest::Table& output_table();

}  // namespace cachewitness::skill
