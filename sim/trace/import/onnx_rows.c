/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ONNX operators that memsim knows, and what each becomes in a trace.  An elementwise
 * operator without a kind of its own there takes the one whose vector work is nearest: the trace
 * counts work and bytes, not values.
 */
#include <limits.h>
#include <string.h>

#include "trace/import/onnx_node.h"

#define UNARY(op, kind) { op, 1, 1, make_unary, kind, FOLD_NONE }
#define UNARY_FOLDED(op, kind, fold) { op, 1, 1, make_unary, kind, fold }
#define BINARY(op, kind, fold) { op, 2, 2, make_binary, kind, fold }
#define COMPARE(op, fold) { op, 2, 2, make_compare, "max", fold } /* one operation, as max */
#define REDUCE(op, fn) { op, 1, 2, make_reduce, fn, FOLD_NONE }
#define MANY ANY_NUMBER_OF_INPUTS

static const struct onnx_row rows[] = {
	{ "Conv", 2, 3, make_conv, "conv2d", FOLD_NONE },
	{ "ConvTranspose", 2, 3, make_conv, "convtranspose2d", FOLD_NONE },
	{ "Gemm", 2, 3, make_gemm, "matmul", FOLD_NONE },
	{ "MatMul", 2, 2, make_matmul, "matmul", FOLD_NONE },

	UNARY("Relu", "relu"),
	UNARY("Sigmoid", "sigmoid"),
	UNARY("Tanh", "tanh"),
	UNARY("Erf", "erf"),
	UNARY("Gelu", "gelu"),
	UNARY("HardSwish", "hardswish"),
	UNARY("HardSigmoid", "hardswish"), /* one product less */
	UNARY("Exp", "exp"),
	UNARY("Log", "log"),
	UNARY("Sqrt", "sqrt"),
	UNARY("Reciprocal", "sqrt"), /* both by the divider */
	UNARY_FOLDED("Neg", "neg", FOLD_NEG),
	UNARY_FOLDED("Abs", "abs", FOLD_ABS),
	UNARY_FOLDED("Not", "abs", FOLD_NOT),
	UNARY_FOLDED("Floor", "abs", FOLD_SAME),
	UNARY_FOLDED("Ceil", "abs", FOLD_SAME),
	UNARY("Round", "abs"),
	UNARY("Sign", "abs"),
	UNARY("LeakyRelu", "clip"), /* product and maximum */
	UNARY("ThresholdedRelu", "relu"),
	UNARY("Elu", "silu"), /* an exponential and a few products: these four */
	UNARY("Selu", "silu"),
	UNARY("Celu", "silu"),
	UNARY("Mish", "silu"),
	UNARY("Swish", "silu"),
	UNARY("Softplus", "sigmoid"),
	UNARY("Softsign", "sigmoid"),
	UNARY("Sin", "exp"),
	UNARY("Cos", "exp"),
	{ "Clip", 1, 3, make_unary, "clip", FOLD_NONE },
	{ "Trilu", 1, 2, make_unary, "clip", FOLD_NONE },
	{ "Cast", 1, 1, make_cast, "cast", FOLD_NONE },

	BINARY("Add", "add", FOLD_ADD),
	BINARY("Sub", "sub", FOLD_SUB),
	BINARY("Mul", "mul", FOLD_MUL),
	BINARY("Div", "div", FOLD_DIV),
	BINARY("Mod", "div", FOLD_MOD),
	BINARY("Pow", "pow", FOLD_POW),
	BINARY("PRelu", "mul", FOLD_NONE),
	{ "Max", 1, MANY, make_binary, "max", FOLD_MAX },
	{ "Min", 1, MANY, make_binary, "min", FOLD_MIN },
	{ "Sum", 1, MANY, make_binary, "add", FOLD_ADD },
	COMPARE("Equal", FOLD_EQUAL),
	COMPARE("Less", FOLD_LESS),
	COMPARE("Greater", FOLD_GREATER),
	COMPARE("LessOrEqual", FOLD_LESS_EQUAL),
	COMPARE("GreaterOrEqual", FOLD_GREATER_EQUAL),
	COMPARE("And", FOLD_AND),
	COMPARE("Or", FOLD_OR),
	{ "Where", 3, 3, make_where, "where", FOLD_NONE },

	REDUCE("ReduceMean", "mean"),
	REDUCE("ReduceSum", "sum"),
	REDUCE("ReduceMax", "max"),
	REDUCE("ReduceMin", "min"),
	REDUCE("ReduceProd", "sum"),
	REDUCE("ReduceL1", "sum"),
	REDUCE("ReduceL2", "sum"),
	REDUCE("ReduceSumSquare", "sum"),
	REDUCE("ReduceLogSumExp", "sum"),
	{ "ArgMax", 1, 1, make_reduce, "max", FOLD_NONE },
	{ "ArgMin", 1, 1, make_reduce, "min", FOLD_NONE },
	{ "Softmax", 1, 1, make_softmax, "softmax", FOLD_NONE },
	{ "LogSoftmax", 1, 1, make_softmax, "softmax", FOLD_NONE },

	{ "LayerNormalization", 2, 3, make_layer_norm, "layernorm", FOLD_NONE },
	{ "RMSNormalization", 2, 2, make_layer_norm, "rmsnorm", FOLD_NONE },
	{ "SimplifiedLayerNormalization", 2, 2, make_layer_norm, "rmsnorm", FOLD_NONE },
	{ "BatchNormalization", 5, 5, make_channel_norm, "batchnorm", FOLD_NONE },
	{ "InstanceNormalization", 3, 3, make_channel_norm, "groupnorm", FOLD_NONE },
	{ "GroupNormalization", 3, 3, make_channel_norm, "groupnorm", FOLD_NONE },
	{ "QuantizeLinear", 2, 3, make_quant, "quant", FOLD_NONE },
	{ "DequantizeLinear", 2, 3, make_quant, "dequant", FOLD_NONE },

	{ "MaxPool", 1, 1, make_pool, "maxpool", FOLD_NONE },
	{ "AveragePool", 1, 1, make_pool, "avgpool", FOLD_NONE },
	{ "GlobalAveragePool", 1, 1, make_global_pool, "globalpool", FOLD_NONE },
	{ "GlobalMaxPool", 1, 1, make_global_pool, "globalpool", FOLD_NONE },
	{ "Resize", 1, 4, make_resize, "upsample", FOLD_NONE },
	{ "Upsample", 1, 2, make_resize, "upsample", FOLD_NONE },

	{ "Reshape", 2, 2, make_reshape, "reshape", FOLD_NONE },
	{ "Flatten", 1, 1, make_flatten, "reshape", FOLD_NONE },
	{ "Squeeze", 1, 2, make_squeeze, "reshape", FOLD_NONE },
	{ "Unsqueeze", 1, 2, make_unsqueeze, "reshape", FOLD_NONE },
	{ "Identity", 1, 1, make_same_view, "reshape", FOLD_NONE },
	{ "Dropout", 1, 3, make_same_view, "reshape", FOLD_NONE },
	{ "Transpose", 1, 1, make_transpose, "transpose", FOLD_NONE },
	{ "Slice", 1, 5, make_slice, "slice", FOLD_NONE },
	{ "Split", 1, 2, make_split, "split", FOLD_NONE },
	{ "Concat", 1, MANY, make_concat, "concat", FOLD_NONE },
	{ "Expand", 2, 2, make_expand, "expand", FOLD_NONE },
	{ "Gather", 2, 2, make_gather, "gather", FOLD_NONE },
	{ "GatherElements", 2, 2, make_scatter, "custom", FOLD_NONE },
	{ "ScatterElements", 3, 3, make_scatter, "custom", FOLD_NONE },
	{ "ScatterND", 3, 3, make_scatter, "custom", FOLD_NONE },
	{ "Tile", 2, 2, make_tile, "expand", FOLD_NONE },
	{ "Pad", 1, 4, make_pad, "pad", FOLD_NONE },
	{ "DepthToSpace", 1, 1, make_depth_space, "transpose", FOLD_NONE },
	{ "SpaceToDepth", 1, 1, make_depth_space, "transpose", FOLD_NONE },

	{ "Constant", 0, 0, make_constant, "", FOLD_NONE },
	{ "ConstantOfShape", 1, 1, make_constant_of_shape, "", FOLD_NONE },
	{ "Shape", 1, 1, make_shape, "", FOLD_NONE },
	{ "Size", 1, 1, make_size, "", FOLD_NONE },
	{ "Range", 3, 3, make_range, "", FOLD_NONE },
};

const struct onnx_row *onnx_row_find(const char *op_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, op_type) == 0)
			return &rows[i];
	return NULL;
}

void onnx_row_names(void (*tell)(void *with, const char *name), void *with)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tell(with, rows[i].name);
}
