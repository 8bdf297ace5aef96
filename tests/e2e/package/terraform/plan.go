// Plans the Terraform module in a folder: parses it with HashiCorp's parser, and evaluates its
// variables, locals, resources, conditions and outputs. The attributes that AWS would decide come
// with the input, as do those of data sources. Prints JSON.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

type input struct {
	Folder    string
	Variables map[string]any
	Decided   map[string]map[string]any // by address, such as aws_s3_object.code
}

type plan struct {
	Problems  []string                   `json:"problems"`
	Resources map[string]json.RawMessage `json:"resources"`
	Outputs   map[string]json.RawMessage `json:"outputs"`
}

// The values that are evaluated already, by address: var.tags, local.bucket, aws_s3_object.code.
var values = map[string]cty.Value{}

func main() {
	var given input
	must(json.NewDecoder(os.Stdin).Decode(&given))
	made := plan{[]string{}, map[string]json.RawMessage{}, map[string]json.RawMessage{}}
	var waiting []*hclsyntax.Block
	for _, block := range parse(given.Folder) {
		switch block.Type {
		case "variable":
			made.Problems = append(made.Problems, setVariable(block, given.Variables)...)
		case "locals":
			for name, attribute := range block.Body.Attributes {
				one := map[string]*hclsyntax.Attribute{"value": attribute}
				waiting = append(waiting, &hclsyntax.Block{Type: "local", Labels: []string{name}, Body: &hclsyntax.Body{Attributes: one}})
			}
		case "data", "resource", "output":
			waiting = append(waiting, block)
		}
	}
	for len(waiting) > 0 && len(made.Problems) == 0 {
		var rest []*hclsyntax.Block
		for _, block := range waiting {
			if !isReady(block.Body) || len(made.Problems) > 0 {
				rest = append(rest, block)
				continue
			}
			made.add(block, given.Decided)
		}
		if len(rest) == len(waiting) {
			must(errors.New("a reference to something unknown, or a cycle: " + address(rest[0])))
		}
		waiting = rest
	}
	must(json.NewEncoder(os.Stdout).Encode(made))
}

func parse(folder string) (blocks []*hclsyntax.Block) {
	parser := hclparse.NewParser()
	paths, _ := filepath.Glob(filepath.Join(folder, "*.tf"))
	for _, path := range paths {
		file, problems := parser.ParseHCLFile(path)
		check(problems)
		blocks = append(blocks, file.Body.(*hclsyntax.Body).Blocks...)
	}
	return blocks
}

// setVariable sets the variable as it is given, or its default, and returns the failed validations.
func setVariable(block *hclsyntax.Block, given map[string]any) (problems []string) {
	name := block.Labels[0]
	kind, unknown := typeexpr.TypeConstraint(block.Body.Attributes["type"].Expr)
	check(unknown)
	value := cty.NullVal(kind)
	if fallback, has := block.Body.Attributes["default"]; has {
		value = evaluate(fallback.Expr, nil)
	}
	if set, has := given[name]; has {
		value = fromGo(set)
		delete(given, name)
	}
	value, err := convert.Convert(value, kind)
	if err != nil || value.IsNull() {
		return []string{"Not a value for " + name}
	}
	values["var."+name] = value
	return failed(block.Body.Blocks, "validation", nil)
}

// failed returns the messages of the conditions of this type that do not hold.
func failed(blocks hclsyntax.Blocks, kind string, self map[string]cty.Value) (messages []string) {
	for _, block := range blocks {
		if block.Type == kind && evaluate(block.Body.Attributes["condition"].Expr, self).False() {
			messages = append(messages, evaluate(block.Body.Attributes["error_message"].Expr, self).AsString())
		}
	}
	return messages
}

func address(block *hclsyntax.Block) string {
	name := strings.Join(block.Labels, ".")
	if block.Type == "resource" {
		return name
	}
	return block.Type + "." + name
}

// isReady returns whether everything that the block's content refers to is evaluated.
func isReady(body *hclsyntax.Body) bool {
	for name, attribute := range body.Attributes {
		for _, reference := range attribute.Expr.Variables() {
			address := referred(reference)
			isName := name == "depends_on" || name == "ignore_changes" || address == "self"
			if !isName && values[address] == cty.NilVal {
				return false
			}
		}
	}
	for _, block := range body.Blocks {
		if !isReady(block.Body) {
			return false
		}
	}
	return true
}

// referred returns the address in a reference: its first two names, or three of a data source.
func referred(reference hcl.Traversal) string {
	names := []string{reference.RootName()}
	for _, step := range reference[1:] {
		if attribute, is := step.(hcl.TraverseAttr); is && names[0] != "self" {
			names = append(names, attribute.Name)
		}
	}
	length := map[bool]int{true: 3, false: 2}[names[0] == "data"]
	return strings.Join(names[:min(length, len(names))], ".")
}

func (made *plan) add(block *hclsyntax.Block, decided map[string]map[string]any) {
	name := address(block)
	attributes := map[string]cty.Value{}
	for key, attribute := range block.Body.Attributes {
		if key != "depends_on" {
			attributes[key] = evaluate(attribute.Expr, nil)
		}
	}
	switch block.Type {
	case "local":
		values[name] = attributes["value"]
	case "output":
		made.Outputs[block.Labels[0]] = toJSON(attributes["value"])
	default:
		for _, lifecycle := range block.Body.Blocks {
			made.Problems = append(made.Problems, failed(lifecycle.Body.Blocks, "precondition", nil)...)
		}
		if block.Type == "resource" {
			made.Resources[name] = toJSON(cty.ObjectVal(attributes))
		}
		for key, value := range decided[name] {
			attributes[key] = fromGo(value)
		}
		values[name] = cty.ObjectVal(attributes)
		for _, lifecycle := range block.Body.Blocks {
			made.Problems = append(made.Problems, failed(lifecycle.Body.Blocks, "postcondition", attributes)...)
		}
	}
}

func evaluate(expression hclsyntax.Expression, self map[string]cty.Value) cty.Value {
	tree := map[string]any{}
	for name, value := range values {
		node, parts := tree, strings.Split(name, ".")
		for _, part := range parts[:len(parts)-1] {
			if node[part] == nil {
				node[part] = map[string]any{}
			}
			node = node[part].(map[string]any)
		}
		node[parts[len(parts)-1]] = value
	}
	known := toObject(tree).AsValueMap()
	if known == nil {
		known = map[string]cty.Value{}
	}
	if self != nil {
		known["self"] = cty.ObjectVal(self)
	}
	value, problems := expression.Value(&hcl.EvalContext{Variables: known, Functions: functions})
	check(problems)
	return value
}

func toObject(tree map[string]any) cty.Value {
	object := map[string]cty.Value{}
	for name, node := range tree {
		if value, is := node.(cty.Value); is {
			object[name] = value
		} else {
			object[name] = toObject(node.(map[string]any))
		}
	}
	return cty.ObjectVal(object)
}

// The functions that the module calls. Those of Terraform alone do what its documentation says.
var functions = map[string]function.Function{
	"can":         tryfunc.CanFunc,
	"coalesce":    coalesce,
	"contains":    stdlib.ContainsFunc,
	"floor":       stdlib.FloorFunc,
	"jsonencode":  stdlib.JSONEncodeFunc,
	"length":      stdlib.StrlenFunc,
	"regex":       stdlib.RegexFunc,
	"replace":     stdlib.ReplaceFunc,
	"trimsuffix":  stdlib.TrimSuffixFunc,
	"file":        ofTexts(1, cty.String, func(texts []string) cty.Value { return cty.StringVal(string(read(texts[0]))) }),
	"filesha256":  ofTexts(1, cty.String, func(texts []string) cty.Value { return cty.StringVal(sha(texts[0])) }),
	"strcontains": ofTexts(2, cty.Bool, func(texts []string) cty.Value { return cty.BoolVal(strings.Contains(texts[0], texts[1])) }),
	"fileset":     ofTexts(2, cty.Set(cty.String), fileset),
	"one":         ofAny(func(value cty.Value) cty.Value { return value.AsValueSlice()[0] }, func(value cty.Value) cty.Type { return value.Type().ElementType() }),
	"alltrue":     ofAny(allTrue, func(cty.Value) cty.Type { return cty.Bool }),
}

// coalesce returns the first argument that is neither null nor an empty text.
var coalesce = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "values", Type: cty.String, AllowNull: true},
	Type:     function.StaticReturnType(cty.String),
	Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
		for _, argument := range arguments {
			if !argument.IsNull() && argument.AsString() != "" {
				return argument, nil
			}
		}
		return cty.NilVal, errors.New("all arguments are null or empty")
	},
})

func ofTexts(count int, kind cty.Type, call func([]string) cty.Value) function.Function {
	parameters := make([]function.Parameter, count)
	for index := range parameters {
		parameters[index] = function.Parameter{Name: "text", Type: cty.String}
	}
	return function.New(&function.Spec{Params: parameters, Type: function.StaticReturnType(kind), Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
		texts := make([]string, count)
		for index, argument := range arguments {
			texts[index] = argument.AsString()
		}
		return call(texts), nil
	}})
}

func ofAny(call func(cty.Value) cty.Value, kind func(cty.Value) cty.Type) function.Function {
	parameter := []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}}
	return function.New(&function.Spec{Params: parameter,
		Type: func(arguments []cty.Value) (cty.Type, error) { return kind(arguments[0]), nil },
		Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) { return call(arguments[0]), nil }})
}

func fileset(texts []string) cty.Value {
	paths, _ := filepath.Glob(filepath.Join(texts[0], texts[1]))
	names := []cty.Value{}
	for _, path := range paths {
		names = append(names, cty.StringVal(filepath.Base(path)))
	}
	if len(names) != 1 {
		must(errors.New("not one file " + texts[1]))
	}
	return cty.SetVal(names)
}

func allTrue(value cty.Value) cty.Value {
	for _, element := range value.AsValueSlice() {
		if element.False() {
			return cty.False
		}
	}
	return cty.True
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	must(err)
	return content
}

func sha(path string) string {
	sum := sha256.Sum256(read(path))
	return hex.EncodeToString(sum[:])
}

func fromGo(value any) cty.Value {
	text, err := json.Marshal(value)
	must(err)
	kind, err := ctyjson.ImpliedType(text)
	must(err)
	converted, err := ctyjson.Unmarshal(text, kind)
	must(err)
	return converted
}

func toJSON(value cty.Value) json.RawMessage {
	text, err := ctyjson.Marshal(value, value.Type())
	must(err)
	return text
}

func check(problems hcl.Diagnostics) {
	if problems.HasErrors() {
		must(problems)
	}
}

func must(err error) {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
