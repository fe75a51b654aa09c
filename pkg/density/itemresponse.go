package density

import (
	"cmp"
	"fmt"
	"slices"

	"natspike/pkg/internal/portable"
)

// ItemResponse is the posterior of a logistic model of students who answer questions,
//
//	m ~ N(0.75, 1),  aᵢ ~ N(0, 1),  bⱼ ~ N(0, 1),  yᵢⱼ ~ Bernoulli(σ(aᵢ + m − bⱼ)),
//
// over x = (m, a, b): the mean ability, those of the students about it, and the
// difficulties of the questions. Not every student answers every question. LogProb is
// the joint log density of y and x. It takes time in proportion to the answers.
//
// Source: A. Gelman, J. Hill, "Data Analysis Using Regression and
// Multilevel/Hierarchical Models" (2007), section 14.3, with the priors of item
// response theory in the Inference Gym (Sountsov, Radul et al. 2020).
type ItemResponse struct {
	students, questions int
	student, question   []int
	y                   []float64
}

// NewItemResponse returns the posterior given the answers y, each 1 if it is right and
// 0 if not, with the student and the question of each, counted from zero. It copies
// the data. It refuses less than one student or question, lists of different lengths,
// a student or a question that does not exist, and an answer that is neither 0 nor 1.
func NewItemResponse(students, questions int, student, question []int, y []float64) (*ItemResponse, error) {
	if err := cmp.Or(check.AtLeast("students", students, 1), check.AtLeast("questions", questions, 1)); err != nil {
		return nil, err
	}
	if len(student) != len(y) || len(question) != len(y) {
		return nil, check.Errorf("student and question", "have lengths %d and %d, y has %d", len(student), len(question), len(y))
	}
	for k, v := range y {
		if i := student[k]; i < 0 || i >= students {
			return nil, check.Errorf(fmt.Sprintf("student[%d]", k), "= %d; 0 to %d are allowed", i, students-1)
		}
		if j := question[k]; j < 0 || j >= questions {
			return nil, check.Errorf(fmt.Sprintf("question[%d]", k), "= %d; 0 to %d are allowed", j, questions-1)
		}
		if v != 0 && v != 1 {
			return nil, check.Errorf(fmt.Sprintf("y[%d]", k), "= %v; 0 and 1 are allowed", v)
		}
	}
	return &ItemResponse{students, questions, slices.Clone(student), slices.Clone(question), slices.Clone(y)}, nil
}

// Dim returns 1 + students + questions.
func (r *ItemResponse) Dim() int { return 1 + r.students + r.questions }

// String returns the size of the data.
func (r *ItemResponse) String() string {
	return fmt.Sprintf("item response, %d students, %d questions, %d answers", r.students, r.questions, len(r.y))
}

// LogProb returns the joint log density of y and x.
func (r *ItemResponse) LogProb(x []float64) float64 { return r.evaluate(nil, x) }

// ScoreInput stores the gradient of LogProb at x in dst and returns it.
func (r *ItemResponse) ScoreInput(dst, x []float64) []float64 {
	dst = check.Reuse(dst, r.Dim())
	r.evaluate(dst, x)
	return dst
}

// LogProbScore stores the gradient of LogProb at x in dst and returns LogProb.
func (r *ItemResponse) LogProbScore(dst, x []float64) float64 {
	check.Length("dst", dst, r.Dim())
	return r.evaluate(dst, x)
}

// evaluate returns the log density and stores its gradient in dst, unless it is nil.
func (r *ItemResponse) evaluate(dst, x []float64) float64 {
	check.Length("x", x, r.Dim())
	mean := x[0] - 0.75
	sum := float64(mean*mean) + portable.Dot(x[1:], x[1:])
	logp := -float64(0.5*float64(r.Dim())*logTwoPi) - sum/2
	for i := range dst {
		dst[i] = -x[i]
	}
	if dst != nil {
		dst[0] = -mean
	}
	var buffer [64]float64
	var likelihood portable.Bernoulli
	ability, difficulty := x[1:1+r.students], x[1+r.students:]
	at, own, all := 0, 0.0, 0.0 // a student, and the sums of residuals of that one and of all before
	for from := 0; from < len(r.y); from += len(buffer) {
		to := min(from+len(buffer), len(r.y))
		student, question, eta := r.student[from:to], r.question[from:to], buffer[:to-from]
		for k, i := range student {
			eta[k] = ability[i] + x[0] - difficulty[question[k]]
		}
		likelihood.Add(eta, r.y[from:to]) // eta is now y − σ(η)
		if dst == nil {
			continue
		}
		slopes := dst[1+r.students:]
		for k, i := range student {
			if i != at {
				dst[1+at] += own
				all += own
				at, own = i, 0
			}
			own += eta[k]
			slopes[question[k]] -= eta[k]
		}
	}
	if dst != nil {
		dst[1+at] += own
		dst[0] += all + own
	}
	return logp + likelihood.LogLikelihood()
}
