// Module PolicyModel.
